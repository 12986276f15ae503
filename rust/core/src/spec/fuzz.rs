//! Whatever is read as a pipeline, nothing panics.

use proptest::prelude::*;
use serde_json::Value;

use super::tests::{SOURCE, read, whole};
use super::*;

/// Any JSON, shallow.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["RandomFlip", "Normalize", "uint8", "constant", "flip"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Where in `whole()` a value can be replaced.
fn pointers() -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(map) => map.iter().for_each(|(key, inner)| walk(inner, &format!("{at}/{key}"), found)),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(place, inner)| walk(inner, &format!("{at}/{place}"), found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&whole(), "", &mut found);
    found
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        prop_assert!(Spec::from_json(&text).is_err());
    }

    #[test]
    fn no_json_panics(value in anything()) {
        prop_assert!(read(&value).is_err());
    }

    #[test]
    fn no_change_of_a_spec_panics(pointer in prop::sample::select(pointers()), value in anything(), range in any::<[f64; 2]>()) {
        let mut spec = whole();
        *spec.pointer_mut(&pointer).unwrap() = value;
        if let Ok(spec) = read(&spec) {
            for whole in [false, true] {
                let _ = spec.check_source(&Source { whole, range, ..SOURCE });
            }
            let draws = crate::params::Draws::new(&spec, 3).unwrap();
            prop_assert_eq!(draws.names().count(), draws.width());
        }
    }
}
