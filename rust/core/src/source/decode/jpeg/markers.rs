//! What stands in a JPEG file before its pixels, as strictly as Pillow or more so.

use super::super::exif::Metadata;

/// The parts of the header that matter here.
pub(super) struct Markers<'a> {
    pub(super) size: [u16; 2],
    pub(super) components: u8,
    pub(super) metadata: Metadata<'a>,
}

impl<'a> Markers<'a> {
    /// Read up to the first scan. None if there is anything that Pillow refuses, or reads in another way than libjpeg.
    pub(super) fn read(file: &'a [u8]) -> Option<Self> {
        let mut frame = None;
        let mut metadata = Metadata::default();
        let mut rest = file.get(2..)?;
        loop {
            let [0xFF, after @ ..] = rest else { return None };
            let fill = after.iter().take_while(|byte| **byte == 0xFF).count();
            let [marker, high, low, body @ ..] = after.get(fill..)? else { return None };
            let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
            let (segment, next) = body.split_at_checked(length)?;
            rest = next;
            match marker {
                // Baseline, extended and progressive, each Huffman coded.
                0xC0..=0xC2 => {
                    if frame.replace(start_of_frame(segment)?).is_some() {
                        return None;
                    }
                }
                // The tables, which libjpeg checks; a comment.
                0xC4 | 0xDB | 0xDD | 0xFE => {}
                0xDA => break,
                0xE0..=0xEF => application(marker - 0xE0, segment, &mut metadata)?,
                _ => return None,
            }
        }
        let (size, components) = frame?;
        Some(Self { size, components, metadata })
    }
}

fn start_of_frame(segment: &[u8]) -> Option<([u16; 2], u8)> {
    let [8, y1, y0, x1, x0, components, each @ ..] = segment else { return None };
    let size = [u16::from_be_bytes([*y1, *y0]), u16::from_be_bytes([*x1, *x0])];
    (each.len() == 3 * usize::from(*components)).then_some((size, *components))
}

fn application<'a>(number: u8, segment: &'a [u8], metadata: &mut Metadata<'a>) -> Option<()> {
    let long_enough = match number {
        0 if segment.starts_with(b"JFIF") => segment.len() >= 7,
        1 if segment.starts_with(b"Exif\0\0") => {
            metadata.add_exif(segment);
            true
        }
        1 => {
            if let Some(xmp) = segment.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
                metadata.xmp = Some(xmp);
            }
            true
        }
        2 if segment.starts_with(b"ICC_PROFILE\0") => segment.len() >= 14,
        // Several pictures in one file: Pillow has another reader for it.
        2 => !segment.starts_with(b"MPF\0"),
        13 => segment.strip_prefix(b"Photoshop 3.0\0").is_none_or(photoshop_is_whole),
        14 if segment.starts_with(b"Adobe") => segment.len() >= 7,
        _ => true,
    };
    long_enough.then_some(())
}

/// Whether Photoshop's image resources can be walked, which Pillow does.
fn photoshop_is_whole(resources: &[u8]) -> bool {
    // Offsets are aligned in the segment, whose prefix has an even length.
    let mut at = 0;
    while resources.get(at..at + 4) == Some(b"8BIM") {
        let Some(name) = resources.get(at + 6) else { return false };
        at += 7 + usize::from(*name);
        at += at & 1;
        let Some(size) = resources.get(at..).and_then(|rest| rest.first_chunk()) else { return false };
        let size = u32::from_be_bytes(*size) as usize;
        at = at.saturating_add(4).saturating_add(size).min(resources.len());
        at += at & 1;
    }
    true
}
