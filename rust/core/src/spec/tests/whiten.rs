//! How a whitening is named, and bound to images.

use serde_json::{Value, json};

use super::{SOURCE, only, read};
use crate::Error;

const DIGEST: &str = "00112233445566778899aabbccddeeff";

/// A whitening for images of 24 x 24 x 3, as `whole()` resizes them.
pub(super) fn whitening() -> Value {
    json!({"kind": "Whiten", "id": "whiten", "features": 1728, "digest": DIGEST})
}

/// The same with another `features` and `digest`, in a pipeline of its own.
fn named(features: &Value, digest: &Value) -> Value {
    let mut transform = whitening();
    transform["features"] = features.clone();
    transform["digest"] = digest.clone();
    only(json!([transform]))
}

#[test]
fn a_whitening_is_named_by_its_size_and_its_digest() {
    let digest = json!(DIGEST);
    let cases = [
        (json!(0), digest.clone(), "features = 0"),
        (json!(4097), digest.clone(), "features = 4097 must lie in 1..=4096"),
        (json!(3), json!("00"), "32 digits"),
        (json!(3), json!(DIGEST.to_uppercase()), "32 digits"),
        (json!(3), json!(null), "together"),
        (json!(null), digest, "together"),
    ];
    for (features, digest, part) in cases {
        let text = read(&named(&features, &digest)).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn it_is_bound_to_images_of_its_size() {
    let bound = |features: Value, digest: Value| read(&named(&features, &digest)).unwrap().check_source(&SOURCE);
    assert_eq!(bound(json!(1728), json!(DIGEST)), Ok(()));
    for (features, digest, parts) in
        [(json!(1727), json!(DIGEST), ["1727", "1728"]), (json!(null), json!(null), ["not fitted", "Whiten.fit"])]
    {
        let Err(Error::Spec(text)) = bound(features, digest) else { panic!("{parts:?}") };
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}
