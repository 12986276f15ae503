use serde_json::{Value, json};

use super::*;

mod crop;
mod whiten;

use whiten::whitening;

/// A pipeline with every kind of transform, in an order that can be kept.
pub(super) fn whole() -> Value {
    json!({
        "stream": 1, "size": [24, 24], "resample": "bilinear", "interpolation": "nearest", "fill_mode": "constant",
        "fill_value": 3.0, "dtype": "float32", "layout": "channels_first",
        "transforms": [
            {"kind": "RandomRotation", "id": "rotation", "low": -20.0, "high": 20.0},
            {"kind": "RandomShift", "id": "shift", "width_low": -0.1, "width_high": 0.1, "height_low": 0.0,
             "height_high": 0.2},
            {"kind": "RandomShear", "id": "shear", "x_low": -5.0, "x_high": 5.0, "y_low": 0.0, "y_high": 0.0},
            {"kind": "RandomZoom", "id": "zoom", "low": 0.8, "high": 1.2, "independent": true},
            {"kind": "RandomBrightness", "id": "brightness", "low": 0.8, "high": 1.2},
            {"kind": "Rescale", "id": "rescale", "scale": 0.5, "offset": 0.0},
            {"kind": "RandomChannelShift", "id": "channel_shift", "low": -0.1, "high": 0.1, "independent": false},
            {"kind": "RandomFlip", "id": "flip", "horizontal": 0.5, "vertical": 0.0},
            {"kind": "Normalize", "id": "normalize", "mean": [0.5], "std": [0.25]},
            {"kind": "RandomQuarterTurn", "id": "quarter_turn", "turns": [0, 1, 2, 3]},
            {"kind": "Rescale", "id": "rescale_2", "scale": 2.0, "offset": 1.0},
        ],
    })
}

fn only(transforms: Value) -> Value {
    let mut spec = whole();
    spec["transforms"] = transforms;
    spec
}

pub(super) fn read(spec: &Value) -> Result<Spec, Error> {
    Spec::from_json(&spec.to_string())
}

/// The text of the refusal of `whole()` with the value at `pointer` replaced.
fn refusal(pointer: &str, value: Value) -> String {
    let mut spec = whole();
    *spec.pointer_mut(pointer).unwrap() = value;
    match read(&spec) {
        Err(Error::Spec(text)) => text,
        other => panic!("{pointer}: {other:?}"),
    }
}

fn flip(id: &str) -> Value {
    json!({"kind": "RandomFlip", "id": id, "horizontal": 0.5, "vertical": 0.0})
}

fn standardize(id: &str) -> Value {
    json!({"kind": "Standardize", "id": id, "mean": true, "std": true, "per_channel": false, "epsilon": 1e-6})
}

pub(super) const SOURCE: Source = Source { size: Some([30, 40]), channels: 3, whole: true, range: [0.0, 255.0] };

#[test]
fn reads_every_kind() {
    let spec = read(&whole()).unwrap();
    assert_eq!(spec.size, Some([24, 24]));
    assert_eq!(spec.transforms.len(), 11);
    assert_eq!(spec.transforms[9], Transform::RandomQuarterTurn { id: "quarter_turn".into(), turns: vec![0, 1, 2, 3] });
    assert_eq!(spec.check_source(&SOURCE), Ok(()));
}

#[test]
fn every_key_must_stand_there_and_no_other() {
    let spec = whole();
    for key in spec.as_object().unwrap().keys() {
        let mut less = spec.clone();
        less.as_object_mut().unwrap().remove(key);
        assert!(matches!(read(&less), Err(Error::Spec(_))), "without {key}");
    }
    let kinds =
        [spec["transforms"].as_array().unwrap().clone(), vec![standardize("standardize"), whitening()]].concat();
    for transform in kinds {
        assert!(read(&only(json!([transform]))).is_ok(), "{transform}");
        for key in transform.as_object().unwrap().keys() {
            let mut less = transform.clone();
            less.as_object_mut().unwrap().remove(key);
            assert!(matches!(read(&only(json!([less]))), Err(Error::Spec(_))), "{transform} without {key}");
        }
        let mut more = transform;
        more["angel"] = json!(1.0);
        let Err(Error::Spec(text)) = read(&only(json!([more]))) else { panic!("read {more}") };
        assert!(text.contains("angel"), "{text}");
    }
    let mut more = whole();
    more["colour"] = json!(null);
    assert!(read(&more).unwrap_err().to_string().contains("colour"));
}

#[test]
fn younger_keys_may_be_left_out_and_are_checked() {
    let shift = |more: Value| {
        let mut shift = json!({"kind": "RandomShift", "id": "shift", "width_low": 0.0, "width_high": 0.0,
                               "height_low": -20.0, "height_high": 20.0});
        for (key, value) in more.as_object().unwrap() {
            shift[key] = value.clone();
        }
        read(&only(json!([shift])))
    };
    assert!(shift(json!({"unit": "pixels", "widths": [-262_144.0, 0.0, 0.0]})).is_ok());
    for (more, word) in [
        (json!({}), "height_low = -20 must lie in [-16, 16]"),
        (json!({"unit": "miles"}), "miles"),
        (json!({"unit": "pixels", "heights": [1.0]}), "height_low and height_high must be 0"),
        (json!({"unit": "pixels", "widths": []}), "widths has 0 numbers"),
        (json!({"unit": "pixels", "widths": [0.0, 262_145.0]}), "widths[1] = 262145 must lie in"),
    ] {
        let text = shift(more.clone()).unwrap_err().to_string();
        assert!(text.contains(word), "{more}: {text}");
    }
}

#[test]
fn another_stream_is_named_before_anything_else() {
    let text = Spec::from_json(r#"{"stream": 2, "news": true}"#).unwrap_err().to_string();
    assert!(text.contains("stream 2") && text.contains("stream 1"), "{text}");
}

#[test]
fn floats_are_read_exactly() {
    let text = whole().to_string().replace("0.8", "0.799999999999999933386618522490607574582");
    let spec = Spec::from_json(&text).unwrap();
    let Transform::RandomZoom { low, .. } = spec.transforms[3] else { panic!("{spec:?}") };
    assert_eq!(low.to_bits(), 0.799_999_999_999_999_9_f64.to_bits());
}

#[test]
fn values_out_of_their_ranges_are_named() {
    let cases = [
        ("/size", json!([0, 5]), "size = (0, 5)"),
        ("/size", json!([16_385, 5]), "16384"),
        ("/dtype", json!("float64"), "float64"),
        ("/transforms/0/high", json!(3601.0), "RandomRotation \"rotation\": high = 3601"),
        ("/transforms/0/high", json!(-21.0), "low = -20 is above high = -21"),
        ("/transforms/1/width_low", json!(-17.0), "width_low = -17"),
        ("/transforms/2/y_high", json!(81.0), "y_high = 81"),
        ("/transforms/3/low", json!(0.0), "low = 0"),
        ("/transforms/4/low", json!(-0.1), "low = -0.1"),
        ("/transforms/5/scale", json!(0.0), "scale = 0"),
        ("/transforms/5/offset", json!(1e31), "offset ="),
        ("/transforms/6/high", json!(1.5), "high = 1.5"),
        ("/transforms/7/horizontal", json!(1.01), "horizontal = 1.01"),
        ("/transforms/8/std", json!([0.0]), "std has 0"),
        ("/transforms/8/std", json!([1.0, 1.0]), "1 entries and std 2"),
        ("/transforms/8/mean", json!(null), "together"),
        ("/transforms/9/turns", json!([]), "turns = []"),
        ("/transforms/9/turns", json!([4]), "turns = [4]"),
        ("/transforms/0/id", json!(""), "1 to 64"),
        ("/transforms/0/id", json!("Rotation"), "a-z"),
        ("/transforms/0/id", json!("x".repeat(65)), "1 to 64"),
        ("/transforms/0/id", json!("zoom"), "share an id"),
    ];
    for (pointer, value, part) in cases {
        let text = refusal(pointer, value.clone());
        assert!(text.contains(part), "{pointer} = {value}: {text}");
    }
}

#[test]
fn orders_that_cannot_be_kept_name_both_transforms() {
    let all = whole();
    let of = |place: usize| all["transforms"][place].clone();
    let (zoom, brightness, rescale, normalize, turn) = (of(3), of(4), of(5), of(8), of(9));
    let mut second = normalize.clone();
    second["id"] = json!("normalize_2");
    let whitening = whitening();
    let mut again = whitening.clone();
    again["id"] = json!("whiten_2");
    let cases = [
        (&brightness, &zoom),
        (&rescale, &zoom),
        (&normalize, &zoom),
        (&normalize, &brightness),
        (&normalize, &second),
        (&normalize, &standardize("standardize")),
        (&standardize("standardize"), &normalize),
        (&standardize("standardize"), &brightness),
        (&standardize("standardize"), &turn),
        (&standardize("standardize"), &zoom),
        (&whitening, &turn),
        (&whitening, &zoom),
        (&whitening, &brightness),
        (&whitening, &normalize),
        (&whitening, &standardize("standardize")),
        (&whitening, &again),
    ];
    for (earlier, later) in cases {
        let text = read(&only(json!([earlier, later]))).unwrap_err().to_string();
        for transform in [earlier, later] {
            let label = format!("{} {}", transform["kind"].as_str().unwrap(), transform["id"]);
            assert!(text.contains(&label), "{text}");
        }
    }
    for (earlier, later) in [
        (&rescale, &brightness),
        (&normalize, &turn),
        (&standardize("standardize"), &rescale),
        (&standardize("standardize"), &whitening),
        (&normalize, &whitening),
        (&whitening, &rescale),
    ] {
        assert!(read(&only(json!([earlier, later]))).is_ok(), "{earlier} {later}");
    }
    for scaling in [normalize, standardize("standardize"), whitening] {
        let mut spec = only(json!([scaling]));
        spec["dtype"] = json!("uint8");
        assert!(read(&spec).unwrap_err().to_string().contains("uint8"));
    }
}

#[test]
fn sources_that_do_not_fit_are_refused() {
    let bound = |change: &dyn Fn(&mut Value), source: Source| {
        let mut spec = whole();
        change(&mut spec);
        read(&spec).unwrap().check_source(&source)
    };
    let same = |_: &mut Value| {};
    for (axis, source) in [
        ("high", Source { size: Some([0, 40]), ..SOURCE }),
        ("wide", Source { size: Some([30, 16_385]), ..SOURCE }),
        ("channels", Source { channels: 33, ..SOURCE }),
        ("channels", Source { channels: 0, ..SOURCE }),
    ] {
        let Err(Error::Shape(text)) = bound(&same, source) else { panic!("{axis}") };
        assert!(text.contains(axis), "{text}");
    }
    for range in
        [[1.0, 1.0], [2.0, 1.0], [f64::NAN, 1.0], [0.0, f64::INFINITY], [0.0, 1e31], [-1.0, 255.0], [0.0, 256.0]]
    {
        assert!(matches!(bound(&same, Source { range, ..SOURCE }), Err(Error::Spec(_))), "{range:?}");
    }
    assert!(matches!(bound(&|spec| spec["fill_value"] = json!(2.5), SOURCE), Err(Error::Spec(_))));
    assert!(matches!(bound(&|spec| spec["fill_value"] = json!(256.0), SOURCE), Err(Error::Spec(_))));
    assert!(matches!(bound(&|spec| spec["size"] = json!(null), SOURCE), Err(Error::Shape(_))), "turns need squares");
    let mixed = Source { size: None, ..SOURCE };
    assert_eq!(bound(&same, mixed), Ok(()));
    let Err(Error::Spec(text)) = bound(&|spec| spec["size"] = json!(null), mixed) else { panic!("needs a size") };
    assert!(text.contains("size="), "{text}");
    let two = |spec: &mut Value| {
        spec["transforms"][8]["mean"] = json!([0.0, 0.0]);
        spec["transforms"][8]["std"] = json!([1.0, 1.0]);
    };
    assert!(matches!(bound(&two, SOURCE), Err(Error::Spec(_))));
    let unfitted = |spec: &mut Value| {
        spec["transforms"][8]["mean"] = json!(null);
        spec["transforms"][8]["std"] = json!(null);
    };
    assert!(bound(&unfitted, SOURCE).unwrap_err().to_string().contains("fit"));
}

#[test]
fn uint8_batches_need_values_that_uint8_can_hold() {
    let unit = Source { whole: false, range: [0.0, 1.0], ..SOURCE };
    let with = |transforms: Value| {
        let mut spec = only(transforms);
        spec["dtype"] = json!("uint8");
        spec["fill_value"] = json!(0.0);
        read(&spec).unwrap()
    };
    let rescale = |scale: f64| json!([{"kind": "Rescale", "id": "rescale", "scale": scale, "offset": 0.0}]);
    assert_eq!(with(json!([flip("flip")])).check_source(&SOURCE), Ok(()));
    assert_eq!(with(rescale(255.0)).check_source(&unit), Ok(()));
    for (spec, source) in [(with(json!([])), unit), (with(rescale(2.0)), SOURCE), (with(rescale(-255.0)), unit)] {
        let text = spec.check_source(&source).unwrap_err().to_string();
        assert!(text.contains("Rescale(255)"), "{text}");
    }
}
