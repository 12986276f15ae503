use super::*;
use crate::params::{Draws, compile_into};

const SIZE: [usize; 3] = [5, 37, 3];

fn spec(layout: &str, dtype: &str) -> Spec {
    let json = format!(
        r#"{{"stream":1,"size":null,"resample":"bilinear","interpolation":"bilinear","fill_mode":"reflect",
        "fill_value":0.0,"dtype":"{dtype}","layout":"{layout}","transforms":[
        {{"kind":"RandomRotation","id":"rotation","low":20.0,"high":20.0}}]}}"#
    );
    Spec::from_json(&json).unwrap()
}

/// The image rendered to `offset` bytes after the start of a cache line, and what stands round it.
fn rendered(spec: &Spec, level: Level, past_caches: bool, offset: usize) -> Vec<u8> {
    let [height, width, channels] = SIZE;
    let source = SourceShape { size: Some([height, width]), channels, dtype: Dtype::Uint8, low: 0.0, high: 255.0 };
    let kernel = Kernel::new(spec, &source, None, level).unwrap();
    let mut program = Program::default();
    assert_eq!(Draws::new(spec, channels).unwrap().width(), 1);
    compile_into(spec, [height, width], channels, [0.0, 255.0], &[20.0], &mut program).unwrap();
    let mut image: Vec<u8> = (0..height * width * channels).map(|k| (k * 83 % 251) as u8).collect();
    crate::source::pad(&mut image);
    // SAFETY: the vector holds the image and its slack.
    let view = unsafe {
        let strides = [(width * channels).cast_signed(), channels.cast_signed(), 1];
        ImageView::new(image.as_ptr(), Dtype::Uint8, SIZE, strides).with_slack(SLACK)
    };
    let bytes = kernel.sample_bytes();
    let mut memory = vec![0xa5; bytes + 256];
    let start = memory.as_ptr().align_offset(64) + offset;
    let slot = Slot { out: &mut memory[start..][..bytes], past_caches, next: Lines::of(&view) };
    kernel.render(&view, 0, &program, slot, &mut Scratch::default()).unwrap();
    let round = memory[..start].iter().chain(&memory[start + bytes..]);
    assert!(round.into_iter().all(|byte| *byte == 0xa5), "something was written beside the sample");
    memory[start..][..bytes].to_vec()
}

#[test]
fn past_the_caches_come_the_same_bytes() {
    for layout in ["channels_last", "channels_first"] {
        for dtype in ["float32", "float16", "bfloat16", "uint8"] {
            let spec = spec(layout, dtype);
            let expected = rendered(&spec, Level::Portable, false, 0);
            for level in level::available() {
                for offset in [0, 4, 32, 60] {
                    let got = rendered(&spec, level, true, offset);
                    assert_eq!(got, expected, "{layout} {dtype} {level} {offset}");
                }
            }
        }
    }
}
