//! What stands around a PNG file's pixels, as strictly as Pillow or more so.

use fdeflate::{BoundedDecompressionError, decompress_to_vec_bounded};

use super::super::exif::Metadata;
use super::rows::Format;

/// Pillow inflates no more than 2^20 bytes of a text or a profile, and refuses files that hold more.
const MOST_INFLATED: usize = 1_000_000;
/// Bytes that inflate to fewer than that, whatever they are.
const SURELY_SHORT: usize = 900;
/// Pillow refuses more than 64 times as much.
const MOST_TEXT: usize = 32 * MOST_INFLATED;

/// Keywords of texts that Pillow would take for what it keeps under the same name.
const TAKEN: [&[u8]; 13] = [
    b"aspect",
    b"bbox",
    b"blend",
    b"chromaticity",
    b"default_image",
    b"disposal",
    b"dpi",
    b"duration",
    b"exif",
    b"gamma",
    b"interlace",
    b"transparency",
    b"xmp",
];

/// Chunks that Pillow reads: in another place or of another length than is allowed, or of animations.
const KNOWN: [&[u8; 4]; 12] =
    [b"IHDR", b"IEND", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"acTL", b"fcTL", b"fdAT", b"DDAT"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Grey,
    Rgb,
    Palette,
    GreyAlpha,
    Rgba,
}

/// The parts of the file that matter here.
pub(super) struct Chunks<'a> {
    pub(super) size: [u32; 2],
    pub(super) depth: u8,
    pub(super) kind: Kind,
    colours: Option<&'a [u8]>,
    /// tRNS.
    pub(super) alphas: Option<&'a [u8]>,
    pub(super) metadata: Metadata<'a>,
    /// The bodies of IDAT.
    pub(super) data: Vec<&'a [u8]>,
    interlaced: bool,
}

impl<'a> Chunks<'a> {
    /// Read the whole file. None if there is anything that Pillow refuses, or that is about more than one image.
    pub(super) fn read(file: &'a [u8]) -> Option<Self> {
        let mut rest = file.strip_prefix(b"\x89PNG\r\n\x1A\n")?;
        let mut chunks = Self::header(take(&mut rest)?)?;
        let (mut after_data, mut text) = (false, 0);
        loop {
            let (name, body) = take(&mut rest)?;
            let data = !chunks.data.is_empty();
            after_data |= data && name != b"IDAT";
            match name {
                b"IDAT" if after_data => return None,
                b"IDAT" => chunks.data.push(body),
                b"IEND" if data && body.is_empty() => break,
                b"PLTE" if !data && chunks.colours.is_none() => chunks.colours = Some(body),
                b"tRNS" if !data && chunks.alphas.is_none() => chunks.alphas = Some(body),
                b"gAMA" if body.len() == 4 => {}
                b"cHRM" if body.len() == 32 => {}
                b"sRGB" if body.len() == 1 => {}
                b"pHYs" if body.len() == 9 => {}
                b"eXIf" => chunks.metadata.add_exif(body),
                b"iCCP" => profile(body)?,
                b"tEXt" | b"zTXt" | b"iTXt" => text += chunks.text(*name, body)?,
                _ if KNOWN.contains(&name) => return None,
                // What is critical and unknown is no flawless file; what is not, Pillow leaves alone.
                _ if name[0].is_ascii_lowercase() => {}
                _ => return None,
            }
            if text > MOST_TEXT {
                return None;
            }
        }
        chunks.is_sound().then_some(chunks)
    }

    fn header((name, body): (&[u8; 4], &[u8])) -> Option<Self> {
        let [w3, w2, w1, w0, h3, h2, h1, h0, depth, kind, 0, 0, interlaced @ (0 | 1)] = *body else { return None };
        let kind = match (kind, depth) {
            (0, 1 | 2 | 4 | 8 | 16) => Kind::Grey,
            (2, 8 | 16) => Kind::Rgb,
            (3, 1 | 2 | 4 | 8) => Kind::Palette,
            (4, 8 | 16) => Kind::GreyAlpha,
            (6, 8 | 16) => Kind::Rgba,
            _ => return None,
        };
        let size = [u32::from_be_bytes([h3, h2, h1, h0]), u32::from_be_bytes([w3, w2, w1, w0])];
        let (colours, alphas, metadata, data) = (None, None, Metadata::default(), Vec::new());
        let interlaced = interlaced == 1;
        (name == b"IHDR").then_some(Self { size, depth, kind, colours, alphas, metadata, data, interlaced })
    }

    /// Whether the palette and the transparency are such as Pillow and the standard take in one sense.
    fn is_sound(&self) -> bool {
        let colours = self.colours.map_or(0, <[u8]>::len);
        let alphas = self.alphas.map_or(0, <[u8]>::len);
        match self.kind {
            // Pillow's search for a palette with one transparent colour takes a last byte of 10 for the end of a line.
            Kind::Palette => {
                (3..=768).contains(&colours)
                    && colours.is_multiple_of(3)
                    && alphas <= colours / 3
                    && self.alphas.is_none_or(|alphas| alphas.last().is_some_and(|last| *last != b'\n'))
            }
            Kind::Grey => self.alphas.is_none() || self.depth == 8 && alphas == 2,
            Kind::Rgb => self.alphas.is_none() || self.depth == 8 && alphas == 6,
            Kind::GreyAlpha | Kind::Rgba => self.alphas.is_none(),
        }
    }

    /// How rows of an image of `size` lie in the data.
    pub(super) fn format(&self, size: [usize; 2]) -> Format {
        let samples = match self.kind {
            Kind::Grey | Kind::Palette => 1,
            Kind::GreyAlpha => 2,
            Kind::Rgb => 3,
            Kind::Rgba => 4,
        };
        Format { size, depth: self.depth.into(), samples, interlaced: self.interlaced }
    }

    /// The palette as RGBA.
    pub(super) fn palette(&self) -> Option<Vec<[u8; 4]>> {
        let (colours, _) = self.colours?.as_chunks();
        let alpha = |place: usize| self.alphas.and_then(|alphas| alphas.get(place)).copied().unwrap_or(255);
        Some(colours.iter().enumerate().map(|(place, [r, g, b])| [*r, *g, *b, alpha(place)]).collect())
    }

    /// Check a text, and return an upper bound of its bytes.
    fn text(&mut self, name: [u8; 4], body: &'a [u8]) -> Option<usize> {
        let key = body.split(|byte| *byte == 0).next()?;
        if key.is_empty() || key.len() == body.len() || TAKEN.contains(&key) {
            return None;
        }
        let text = &body[key.len() + 1..];
        self.metadata.odd |= key == b"Raw profile type exif";
        match &name {
            b"tEXt" => {
                self.metadata.odd |= key == b"XML:com.adobe.xmp";
                return Some(text.len());
            }
            b"zTXt" => {
                self.metadata.odd |= key == b"XML:com.adobe.xmp";
                let [0, text @ ..] = text else { return None };
                inflates_to_little(text)?;
            }
            _ => {
                let [compressed @ (0 | 1), 0, text @ ..] = text else { return None };
                let text = text.splitn(3, |byte| *byte == 0).nth(2)?;
                if *compressed == 1 {
                    self.metadata.odd |= key == b"XML:com.adobe.xmp";
                    inflates_to_little(text)?;
                } else if key == b"XML:com.adobe.xmp" {
                    self.metadata.xmp = Some(text);
                }
            }
        }
        Some(text.len().max(MOST_INFLATED))
    }
}

/// Take the next chunk, its name and its body, off `rest`; None if its checksum is wrong.
fn take<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8; 4], &'a [u8])> {
    let (length, after) = rest.split_first_chunk()?;
    let length = (u32::from_be_bytes(*length) as usize).checked_add(4)?;
    let (named, after) = after.split_at_checked(length)?;
    let (checksum, after) = after.split_first_chunk()?;
    *rest = after;
    let (name, body) = named.split_first_chunk()?;
    let sound = u32::from_be_bytes(*checksum) == crc32fast::hash(named) && name.iter().all(u8::is_ascii_alphabetic);
    sound.then_some((name, body))
}

/// Check iCCP.
fn profile(body: &[u8]) -> Option<()> {
    let name = body.iter().position(|byte| *byte == 0)?;
    let [0, profile @ ..] = &body[name + 1..] else { return None };
    inflates_to_little(profile)
}

fn inflates_to_little(compressed: &[u8]) -> Option<()> {
    if compressed.len() <= SURELY_SHORT {
        return Some(());
    }
    match decompress_to_vec_bounded(compressed, MOST_INFLATED) {
        Err(BoundedDecompressionError::OutputTooLarge { .. }) => None,
        // What is broken, Pillow leaves out.
        _ => Some(()),
    }
}
