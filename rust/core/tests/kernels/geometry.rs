//! The geometry that the tests render: what may have a path of its own, what users write, the ends of every range.

use serde_json::{Value, json};

/// One sample's geometry.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Mirrored left and right, top and bottom.
    pub flip: [bool; 2],
    /// Quarter turns.
    pub turns: u8,
    /// Degrees.
    pub angle: f64,
    /// Fractions of the width and the height.
    pub shift: [f64; 2],
    /// Degrees.
    pub shear: [f64; 2],
    /// Factors.
    pub zoom: [f64; 2],
}

/// Nothing moves.
pub const STILL: Geometry =
    Geometry { flip: [false; 2], turns: 0, angle: 0.0, shift: [0.0; 2], shear: [0.0; 2], zoom: [1.0; 2] };

impl Geometry {
    /// Its params, in the order of [`transforms`].
    pub fn row(self) -> [f64; 10] {
        let Self { flip: [left, top], turns, angle, shift: [w, h], shear: [x, y], zoom: [across, down] } = self;
        [f64::from(left), f64::from(top), f64::from(turns), angle, w, h, x, y, across, down]
    }
}

/// All the geometry a pipeline can have. What moves is in the row; of what is written here only the turns count.
pub fn transforms([height, width]: [usize; 2]) -> Vec<Value> {
    let turns: &[u8] = if height == width { &[0, 1, 2, 3] } else { &[0, 2] };
    vec![
        json!({"kind": "RandomFlip", "id": "flip", "horizontal": 0.5, "vertical": 0.5}),
        json!({"kind": "RandomQuarterTurn", "id": "turn", "turns": turns}),
        json!({"kind": "RandomRotation", "id": "rotation", "low": 0.0, "high": 0.0}),
        json!({"kind": "RandomShift", "id": "shift", "width_low": 0.0, "width_high": 0.0, "height_low": 0.0,
               "height_high": 0.0}),
        json!({"kind": "RandomShear", "id": "shear", "x_low": 0.0, "x_high": 0.0, "y_low": 0.0, "y_high": 0.0}),
        json!({"kind": "RandomZoom", "id": "zoom", "low": 1.0, "high": 1.0, "independent": true}),
    ]
}

/// What is rendered of an image of this size.
pub fn all([height, width]: [usize; 2]) -> Vec<Geometry> {
    let pixels = |right: f64, down: f64| [right / width as f64, down / height as f64];
    let mut list = vec![
        STILL,
        Geometry { flip: [true, false], ..STILL },
        Geometry { flip: [false, true], ..STILL },
        Geometry { turns: 2, ..STILL },
        // Whole pixels: a little, out of the image by one side, out of it altogether.
        Geometry { shift: pixels(1.0, -2.0), ..STILL },
        Geometry { shift: pixels(-17.0, 0.0), flip: [true, false], ..STILL },
        Geometry { shift: pixels(width as f64 + 3.0, 1.0), ..STILL },
        Geometry { shift: [-16.0, 16.0], ..STILL },
        // Between pixels, along the axes.
        Geometry { shift: pixels(0.5, 0.0), ..STILL },
        Geometry { shift: pixels(0.0, -1.25), flip: [true, false], ..STILL },
        Geometry { shift: pixels(1.0 / 256.0, 3.0 / 512.0), ..STILL },
        Geometry { zoom: [2.0, 2.0], ..STILL },
        Geometry { zoom: [1.2, 0.8], ..STILL },
        // Turned: what users ask for, hardly at all, exactly, and along the diagonal.
        Geometry { angle: 17.0, shift: [0.07, -0.04], zoom: [0.9, 0.9], flip: [true, false], ..STILL },
        Geometry { angle: -0.01, ..STILL },
        Geometry { angle: 90.0, ..STILL },
        Geometry { angle: 3600.0 - 45.0, ..STILL },
        Geometry { shear: [5.0, -3.0], ..STILL },
        // The ends.
        Geometry { zoom: [64.0, 64.0], ..STILL },
        Geometry { zoom: [1.0 / 64.0, 1.0 / 64.0], ..STILL },
        Geometry { zoom: [64.0, 1.0 / 64.0], angle: 30.0, ..STILL },
        Geometry { shear: [80.0, 0.0], ..STILL },
        Geometry { shear: [-80.0, 80.0], zoom: [1.0 / 16.0, 1.0 / 16.0], ..STILL },
        Geometry { shift: [16.0, -16.0], angle: 200.0, zoom: [1.0 / 64.0, 0.5], shear: [0.0, 80.0], ..STILL },
    ];
    if height == width {
        list.extend([1, 3].map(|turns| Geometry { turns, ..STILL }));
        list.push(Geometry { turns: 1, flip: [true, false], shift: pixels(2.0, 3.0), ..STILL });
        list.push(Geometry { turns: 3, shift: [0.3, 0.1], zoom: [1.1, 1.1], ..STILL });
    }
    list
}
