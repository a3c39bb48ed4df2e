//! Reading what the command line names: files, and standard input as `-`.

pub(crate) mod json;
pub(crate) mod yaml;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;

/// Longer input is refused unread past this point: a policy, a case file or a dump of an account is far
/// shorter, and `/dev/zero` has no end.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A text and the name of the file it came from.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The path as given; `<stdin>` for standard input.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Reads a file, or standard input if the path is `-`. What gzip has packed is unpacked.
pub(crate) fn read(path: &str) -> anyhow::Result<Text> {
    let (name, bytes) = if path == "-" {
        ("<stdin>", bytes(io::stdin().lock(), 0))
    } else {
        (path, File::open(path).and_then(|file| bytes(&file, file.metadata()?.len())))
    };
    let text = bytes
        .and_then(unpacked)
        .map_err(anyhow::Error::from)
        .and_then(text)
        .with_context(|| format!("`{name}` can't be read"))?;
    Ok(Text { name: name.to_owned(), text })
}

/// Reads the files that a settings file names; they lie beside it.
pub(crate) fn beside(settings: &str) -> impl Fn(&str) -> Result<String, String> {
    let folder = Path::new(settings).parent().map(Path::to_owned).unwrap_or_default();
    move |file| std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string())
}

/// `expected` saves the memory of a buffer that grows by doubling.
fn bytes(from: impl Read, expected: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(MAX_BYTES) + 1).unwrap_or_default());
    let read = from.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if read as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it is longer than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

/// How a gzip file starts (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn unpacked(packed: Vec<u8>) -> io::Result<Vec<u8>> {
    if packed.starts_with(&GZIP) { bytes(MultiGzDecoder::new(packed.as_slice()), 0) } else { Ok(packed) }
}

fn text(bytes: Vec<u8>) -> anyhow::Result<String> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        bail!("it is UTF-16; save it as UTF-8");
    }
    match String::from_utf8(bytes) {
        // An editor's byte order mark is no part of the text.
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => bail!("it is not UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, text};

    #[test]
    fn a_byte_order_mark_is_dropped_and_utf_16_is_named() {
        assert_eq!(text(b"\xEF\xBB\xBF{}".to_vec()).unwrap(), "{}");
        assert_eq!(
            text(vec![0xFF, 0xFE, 0x7B, 0]).unwrap_err().to_string(),
            "it is UTF-16; save it as UTF-8"
        );
        assert_eq!(text(vec![b'a', 0xC0]).unwrap_err().to_string(), "it is not UTF-8 (byte 2)");
    }

    #[test]
    fn input_without_an_end_is_refused() {
        assert!(bytes(std::io::repeat(0), u64::MAX).is_err());
    }
}
