//! JPEG by libjpeg-turbo, the library that Pillow uses.

mod markers;
mod turbo;

use super::colour::{Samples, bring};
use super::{Colour, Decoded, Wanted, lengthen};
use markers::Markers;
use turbo::Format;

pub(super) fn decode(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<Decoded> {
    let markers = Markers::read(file)?;
    let [height, width] = markers.size;
    let full = wanted.admit(height, width)?;
    let orientation = if wanted.upright { markers.metadata.orientation()? } else { super::exif::AS_IT_LIES };
    let size = match wanted.at_least {
        // The size that is asked for is that of the upright image.
        Some([height, width]) if orientation >= 5 => reduced(full, [width, height])?,
        Some(enough) => reduced(full, enough)?,
        None => full,
    };
    let (format, samples) = match (markers.components, wanted.colour) {
        (1, Colour::Grey) => (Format::Grey, Samples::Grey),
        (1 | 3, Colour::Rgba) => (Format::Rgba, Samples::Rgba),
        (1, Colour::Rgb) | (3, Colour::Rgb | Colour::Grey) => (Format::Rgb, Samples::Rgb),
        (4, _) => (Format::Cmyk, Samples::InvertedCmyk),
        _ => return None,
    };
    lengthen(pixels, size[0] * size[1] * format.channels())?;
    turbo::decompress(file, size, format, pixels)?;
    bring(samples, wanted.colour, pixels)?;
    Some(Decoded { size, orientation })
}

/// The size at the scale that Pillow's `draft` takes; None if libjpeg-turbo would take another scale for that size.
fn reduced(full: [usize; 2], enough: [usize; 2]) -> Option<[usize; 2]> {
    let room = (full[0] / enough[0].max(1)).min(full[1] / enough[1].max(1));
    let eighths = match room {
        0 | 1 => return Some(full),
        2 | 3 => 4,
        4..=7 => 2,
        _ => 1,
    };
    let at = |eighths: usize| full.map(|side| (side * eighths).div_ceil(8));
    // It takes the largest scale that fits, and small images have one size at several.
    (at(eighths + 1) != at(eighths)).then(|| at(eighths))
}
