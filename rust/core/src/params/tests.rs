use super::philox::Place;
use super::*;

const RANGE: [f64; 2] = [0.0, 255.0];

fn spec(transforms: &str) -> Spec {
    let text = format!(
        r#"{{"stream":1,"size":null,"resample":"bilinear","interpolation":"bilinear","fill_mode":"nearest",
            "fill_value":0.0,"dtype":"float32","layout":"channels_last","transforms":[{transforms}]}}"#
    );
    Spec::from_json(&text).unwrap()
}

const FLIP: &str = r#"{"kind":"RandomFlip","id":"flip","horizontal":0.5,"vertical":0.5}"#;
const ROTATION: &str = r#"{"kind":"RandomRotation","id":"rotation","low":-180.0,"high":180.0}"#;
const SHIFT: &str =
    r#"{"kind":"RandomShift","id":"shift","width_low":-1.0,"width_high":1.0,"height_low":-1.0,"height_high":1.0}"#;
const ZOOM: &str = r#"{"kind":"RandomZoom","id":"zoom","low":0.015625,"high":64.0,"independent":false}"#;
const TURN: &str = r#"{"kind":"RandomQuarterTurn","id":"turn","turns":[0,2]}"#;
const BRIGHTNESS: &str = r#"{"kind":"RandomBrightness","id":"brightness","low":0.0,"high":2.0}"#;
const CHANNELS: &str = r#"{"kind":"RandomChannelShift","id":"channel_shift","low":-0.5,"high":0.5,"independent":true}"#;
const RESCALE: &str = r#"{"kind":"Rescale","id":"rescale","scale":0.5,"offset":-10.0}"#;
const NORMALIZE: &str = r#"{"kind":"Normalize","id":"normalize","mean":[0.5,0.25],"std":[0.25,0.5]}"#;
const STANDARDIZE: &str =
    r#"{"kind":"Standardize","id":"standardize","mean":true,"std":true,"per_channel":true,"epsilon":0.001}"#;

fn program(transforms: &[&str], row: &[f64]) -> Program {
    compile(&spec(&transforms.join(",")), [10, 20], 2, RANGE, row).unwrap()
}

/// (scale, offset, low, high) of channel 0 of each link.
fn links(transforms: &[&str], row: &[f64]) -> Vec<[f32; 4]> {
    program(transforms, row).links.iter().map(|link| [link.scale[0], link.offset[0], link.low, link.high]).collect()
}

#[test]
fn nothing_to_do_is_one_open_link_and_the_identity() {
    let nothing = program(&[], &[]);
    assert_eq!(nothing.fixed, Fixed::IDENTITY);
    assert_eq!(links(&[], &[]), [[1.0, 0.0, f32::NEG_INFINITY, f32::INFINITY]]);
}

#[test]
fn flips_and_whole_shifts_are_exact() {
    let one = 1_i64 << 32;
    let flipped = program(&[FLIP], &[1.0, 0.0]);
    assert_eq!(flipped.fixed, Fixed { xx: -one, x0: 19 * one, ..Fixed::IDENTITY });
    assert_ne!(flipped.fixed, Fixed::IDENTITY);
    assert_eq!(
        program(&[FLIP, FLIP.replace("\"flip\"", "\"flip_2\"").as_str()], &[1.0, 1.0, 1.0, 1.0]).fixed,
        Fixed::IDENTITY
    );
    let shifted = program(&[SHIFT], &[0.25, -0.5]);
    assert_eq!(shifted.fixed, Fixed { x0: -5 * one, y0: 5 * one, ..Fixed::IDENTITY });
    let turned = compile(&spec(ROTATION), [10, 10], 2, RANGE, &[90.0]).unwrap().fixed;
    assert_eq!(turned, Fixed { xx: 0, xy: -one, x0: 9 * one, yx: one, yy: 0, y0: 0 });
}

#[test]
fn steps_without_a_clamp_merge_and_steps_with_one_close() {
    let infinity = f32::INFINITY;
    assert_eq!(links(&[BRIGHTNESS], &[1.5]), [[1.5, 0.0, 0.0, 255.0]]);
    assert_eq!(
        links(&[BRIGHTNESS, CHANNELS], &[1.5, 0.5, 0.0]),
        [[1.5, 0.0, 0.0, 255.0], [1.0, 127.5, 0.0, 255.0]],
        "each clamp is a link of its own"
    );
    assert_eq!(
        links(&[RESCALE, BRIGHTNESS], &[2.0]),
        [[1.0, -10.0, -10.0, 117.5]],
        "the clamp is to the range after rescaling, and keeps its lowest value: 0.5 * 2, -10 * 2 + 10"
    );
    assert_eq!(links(&[RESCALE], &[]), [[0.5, -10.0, -infinity, infinity]]);
    let second = RESCALE.replace("\"rescale\"", "\"rescale_2\"");
    assert_eq!(links(&[RESCALE, &second], &[]), [[0.25, -15.0, -infinity, infinity]], "affine steps merge");
    assert_eq!(
        links(&[BRIGHTNESS, RESCALE], &[1.0]),
        [[1.0, 0.0, 0.0, 255.0], [0.5, -10.0, -infinity, infinity]],
        "what waits at the end is closed"
    );
}

#[test]
fn normalizing_is_per_channel_in_units_of_the_range() {
    let link = &program(&[NORMALIZE], &[]).links[0];
    assert_eq!(link.scale[..3], [(1.0 / (255.0 * 0.25)) as f32, (1.0 / (255.0 * 0.5)) as f32, 1.0]);
    assert_eq!(link.offset[..3], [-2.0, -0.5, 0.0]);
}

#[test]
fn standardizing_takes_its_statistics_between_links_and_tail() {
    let Program { links, standardize, .. } = program(&[BRIGHTNESS, STANDARDIZE, RESCALE], &[1.0]);
    assert_eq!(links.len(), 1, "brightness clamps; nothing waits for the statistics");
    let step = standardize.unwrap();
    assert_eq!(step.epsilon, 0.255);
    assert_eq!((step.tail_scale[0], step.tail_offset[0]), (0.5, -10.0));
    assert_eq!((step.tail_scale[2], step.tail_offset[2]), (1.0, 0.0));
    let open = program(&[STANDARDIZE], &[]);
    assert_eq!((open.links.len(), open.links[0].high), (1, f32::INFINITY));
    let rescaled = program(&[BRIGHTNESS, RESCALE, STANDARDIZE], &[1.0]);
    assert_eq!(rescaled.links.len(), 2, "what waits is closed before the statistics");
    assert_eq!(rescaled.standardize.unwrap().epsilon, 0.1275);
}

#[test]
fn a_used_program_keeps_nothing() {
    let all = spec(&[ROTATION, BRIGHTNESS, STANDARDIZE].join(","));
    let mut used = compile(&all, [10, 20], 2, RANGE, &[30.0, 1.5]).unwrap();
    compile_into(&spec(""), [10, 20], 2, RANGE, &[], &mut used).unwrap();
    assert_eq!(used, program(&[], &[]));
}

#[test]
fn matrices_and_links_beyond_the_exact_are_refused() {
    let second = ZOOM.replace("\"zoom\"", "\"zoom_2\"");
    let twice = spec(&[ZOOM, &second].join(","));
    let least = 1.0 / 64.0;
    let error = compile(&twice, [10, 10], 2, RANGE, &[least, least, least, least]).unwrap_err();
    assert!(matches!(&error, Error::Spec(text) if text.contains("4096")), "{error}");
    let huge = RESCALE.replace("0.5", "1e30");
    let huge = spec(&[&huge, &huge.replace("\"rescale\"", "\"rescale_2\"")].map(String::as_str).join(","));
    assert!(matches!(compile(&huge, [1, 1], 1, RANGE, &[]), Err(Error::Spec(_))));
    assert!(matches!(compile(&twice, [1, 1], 1, RANGE, &[1.0]), Err(Error::Shape(_))), "a row that ends early");
    assert!(matches!(compile(&twice, [1, 1], 1, RANGE, &[1.0; 5]), Err(Error::Shape(_))), "a row that goes on");
}

#[test]
fn columns_are_named_and_drawn_in_pipeline_order() {
    let all = spec(&[FLIP, ROTATION, ZOOM, TURN, CHANNELS, NORMALIZE].join(","));
    let draws = Draws::new(&all, 2).unwrap();
    let names: Vec<&str> = draws.names().collect();
    assert_eq!(
        names,
        [
            "flip.horizontal",
            "flip.vertical",
            "rotation.angle",
            "zoom.x",
            "zoom.y",
            "turn.turns",
            "channel_shift.shift_0",
            "channel_shift.shift_1"
        ]
    );
    let mut row = [f64::NAN; 8];
    for sample in 0..1000 {
        draws.draw(Place { seed: 1, epoch: 2, sample, repeat: 0 }, &mut row);
        assert_eq!(draws.check(&row), Ok(()), "a draw can be replayed");
        assert_eq!(row[3], row[4], "one zoom for both axes");
        assert!(row[5] == 0.0 || row[5] == 2.0);
        assert_ne!(row[6], row[7]);
    }
}

#[test]
fn a_transform_draws_the_same_whatever_stands_around_it() {
    let place = Place { seed: 3, epoch: 1, sample: 9, repeat: 2 };
    let alone = {
        let mut row = [0.0];
        Draws::new(&spec(ROTATION), 3).unwrap().draw(place, &mut row);
        row[0]
    };
    let mut row = [0.0; 4];
    Draws::new(&spec(&[FLIP, ROTATION, BRIGHTNESS].join(",")), 3).unwrap().draw(place, &mut row);
    assert_eq!(row[2], alone);
}

#[test]
fn rows_of_users_are_checked_and_the_column_named() {
    let draws = Draws::new(&spec(&[FLIP, ROTATION, ZOOM, TURN, BRIGHTNESS].join(",")), 3).unwrap();
    let good = [0.0, 1.0, 30.0, 1.0, 1.0, 2.0, 1.0];
    assert_eq!(draws.check(&good), Ok(()));
    let cases = [
        (0, 0.5, "flip.horizontal"),
        (2, f64::NAN, "rotation.angle"),
        (2, f64::INFINITY, "rotation.angle"),
        (2, 3601.0, "rotation.angle"),
        (3, 0.0, "zoom.x"),
        (4, -1.0, "zoom.y"),
        (5, 1.0, "turn.turns"),
        (5, 0.5, "turn.turns"),
        (6, -0.5, "brightness.factor"),
    ];
    for (place, value, name) in cases {
        let mut row = good;
        row[place] = value;
        let error = draws.check(&row).unwrap_err();
        assert!(matches!(&error, Error::Spec(text) if text.contains(name)), "{value}: {error}");
    }
    assert!(matches!(draws.check(&good[1..]), Err(Error::Shape(_))));
}
