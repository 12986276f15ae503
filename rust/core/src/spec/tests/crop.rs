//! What is read of an image, and how it fits.

use super::*;

#[test]
fn crops_come_first_alone_and_need_a_size() {
    let part = json!({"kind": "RandomResizedCrop", "id": "resized_crop", "scale_low": 0.08, "scale_high": 1.0,
                      "ratio_low": 0.75, "ratio_high": 1.25});
    let centre = json!({"kind": "CenterCrop", "id": "center_crop", "height": 5, "width": 6});
    let whole_image = |transforms: Value| {
        let mut spec = only(transforms);
        spec["size"] = json!(null);
        spec
    };
    let of = |place: usize| whole()["transforms"][place].clone();
    for crop in [&part, &centre] {
        let spec = read(&only(json!([crop, of(0)]))).unwrap();
        assert_eq!(spec.transforms[0].class(), Class::Crop);
        assert!(read(&whole_image(json!([crop]))).unwrap_err().to_string().contains("size="), "{crop}");
        for other in [&part, &centre, &of(0), &of(4), &of(5), &of(7), &standardize("standardize")] {
            let mut second = crop.clone();
            second["id"] = json!("another");
            let text = read(&only(json!([other, second]))).unwrap_err().to_string();
            assert!(text.contains("cannot follow"), "{text}");
        }
        for key in crop.as_object().unwrap().keys() {
            let mut less = crop.clone();
            less.as_object_mut().unwrap().remove(key);
            assert!(matches!(read(&only(json!([less]))), Err(Error::Spec(_))), "{crop} without {key}");
        }
    }
    for (crop, key, value) in [
        (&part, "scale_low", json!(0.0)),
        (&part, "scale_high", json!(1.5)),
        (&part, "ratio_low", json!(1.5)),
        (&part, "ratio_high", json!(65.0)),
        (&centre, "height", json!(0)),
        (&centre, "width", json!(16_385)),
    ] {
        let mut wrong = crop.clone();
        wrong[key] = value;
        assert!(read(&only(json!([wrong]))).unwrap_err().to_string().contains(wrong["id"].as_str().unwrap()));
    }
}

#[test]
fn fit_may_be_left_out_and_needs_a_size() {
    let mut spec = only(json!([]));
    assert_eq!(read(&spec).unwrap().fit, Fit::Stretch);
    spec["size"] = json!(null);
    spec["fit"] = json!("pad");
    assert!(read(&spec).unwrap_err().to_string().contains("size="));
    spec["size"] = json!([24, 24]);
    spec["fill_value"] = json!(2.5);
    spec["fill_mode"] = json!("nearest");
    assert!(matches!(read(&spec).unwrap().check_source(&SOURCE), Err(Error::Spec(_))), "what stands around is a pixel");
    spec["fit"] = json!("crop");
    assert_eq!(read(&spec).unwrap().check_source(&SOURCE), Ok(()));
    spec["fit"] = json!("squeeze");
    assert!(read(&spec).is_err());
}
