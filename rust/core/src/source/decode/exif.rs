//! The orientation that a file's metadata tells of, as Pillow reads it.

/// How an image has to be turned: EXIF's number, 1 for not at all.
pub(super) type Orientation = u16;

/// As it lies.
pub(super) const AS_IT_LIES: Orientation = 1;

/// No orientation, and no number of one.
const NOT_TOLD: Orientation = 0;

const TAG: u16 = 0x0112;
const SHORT: u16 = 3;

/// The places in a file that may tell of an orientation.
#[derive(Default)]
pub(super) struct Metadata<'a> {
    /// An EXIF record, if there is one.
    pub(super) exif: Option<&'a [u8]>,
    /// There is more than one EXIF record, or one in an old form.
    pub(super) odd: bool,
    /// Adobe's XMP.
    pub(super) xmp: Option<&'a [u8]>,
}

impl<'a> Metadata<'a> {
    pub(super) fn add_exif(&mut self, record: &'a [u8]) {
        self.odd |= self.exif.replace(record).is_some();
    }

    /// The orientation; None where Pillow is better asked.
    pub(super) fn orientation(&self) -> Option<Orientation> {
        if self.odd {
            return None;
        }
        if let Some(record) = self.exif {
            let orientation = in_exif(record)?;
            if orientation != NOT_TOLD {
                return Some(orientation);
            }
        }
        // Pillow looks for it there when EXIF has none.
        let name = b"tiff:Orientation";
        let in_xmp = self.xmp.is_some_and(|xmp| xmp.windows(name.len()).any(|text| text == name));
        (!in_xmp).then_some(AS_IT_LIES)
    }
}

/// The orientation that a record holds; None if the record is not flawless up to there.
fn in_exif(record: &[u8]) -> Option<Orientation> {
    let prefix: &[u8] = b"Exif\0\0";
    let record = record.strip_prefix(prefix).unwrap_or(record);
    let record = record.strip_prefix(prefix).unwrap_or(record);
    let big = match record.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let two = |at: usize| {
        let bytes = record.get(at..)?.first_chunk()?;
        Some(if big { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) })
    };
    let four = |at: usize| {
        let bytes = record.get(at..)?.first_chunk()?;
        usize::try_from(if big { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) }).ok()
    };
    let directory = four(4)?;
    let (mut found, mut all_usual) = (None, true);
    for entry in 0..usize::from(two(directory)?) {
        let at = directory.checked_add(2 + 12 * entry)?;
        let (tag, kind, count) = (two(at)?, two(at + 2)?, four(at + 4)?);
        let unit: usize = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let length = count.checked_mul(unit)?;
        if length > 4 && four(at + 8)?.checked_add(length)? > record.len() {
            return None; // Pillow reads no further than this
        }
        all_usual &= is_usual(tag, kind, count);
        if tag == TAG {
            if (kind, count) != (SHORT, 1) || found.is_some() {
                return None;
            }
            found = Some(two(at + 8)?);
        }
    }
    // Pillow writes the record anew when it turns an image, and fails at what it cannot write.
    let orientation = found.unwrap_or(NOT_TOLD);
    (all_usual || !(2..=8).contains(&orientation)).then_some(orientation)
}

/// Whether an entry is one that cameras write, of the type it is written down for.
fn is_usual(tag: u16, kind: u16, count: usize) -> bool {
    match tag {
        // Names, times, descriptions.
        0x010D..=0x0110 | 0x0131 | 0x0132 | 0x013B | 0x013C | 0x8298 => kind == 2,
        // Width, height, and what their unit and the place of samples are.
        0x0100 | 0x0101 => (kind == 3 || kind == 4) && count == 1,
        0x0103 | 0x0106 | TAG | 0x0115 | 0x0128 | 0x0213 => kind == SHORT && count == 1,
        0x0102 => kind == SHORT,
        0x011A | 0x011B => kind == 5 && count == 1,
        0x013E | 0x013F | 0x0211 | 0x0214 => kind == 5,
        // Where further records are.
        0x8769 | 0x8825 => kind == 4 && count == 1,
        0x9C9B..=0x9C9F => kind == 1,
        0xC4A5 => kind == 7,
        _ => false,
    }
}
