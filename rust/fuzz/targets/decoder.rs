//! What every fuzz target of a decoder does.

use samebatch_core::source::decode::{Colour, Wanted, decode};

/// More pixels than these are declined, so that no input takes long.
const LARGEST: u64 = 1 << 18;

/// Decode a file that begins with `magic`, by which the decoder is chosen. Its last two bytes also say what is wanted.
///
/// # Panics
/// If there are not as many pixels as the decoder says.
pub fn run(magic: &[u8], file: &[u8]) {
    let Some([how, side]) = file.last_chunk() else { return };
    let colour = [Colour::Rgb, Colour::Rgba, Colour::Grey][usize::from(how % 3)];
    let at_least = (how & 64 != 0).then_some([usize::from(side % 16), usize::from(side / 16)]);
    let wanted = Wanted { colour, upright: how & 128 != 0, at_least, largest: LARGEST };
    let mut file = file.to_vec();
    let known = magic.len().min(file.len());
    file[..known].copy_from_slice(&magic[..known]);
    let mut pixels = vec![7; 11];
    match decode(&file, &wanted, &mut pixels) {
        Some([height, width]) => assert_eq!(pixels.len(), height * width * colour.channels()),
        None => assert!(pixels.is_empty()),
    }
}

/// Make the checksums of PNG's chunks right, so that what lies behind them is reached.
pub fn mended(mut file: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(length) = file.get(at..).and_then(|rest| rest.first_chunk()) {
        let end = (at + 8).saturating_add(u32::from_be_bytes(*length) as usize);
        if file.len() < end.saturating_add(4) {
            break;
        }
        let checksum = crc32fast::hash(&file[at + 4..end]).to_be_bytes();
        file[end..end + 4].copy_from_slice(&checksum);
        at = end + 4;
    }
    file
}
