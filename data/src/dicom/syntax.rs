//! Transfer syntaxes: how a file's attributes and pixels are encoded.

/// The encoding of attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    /// Each attribute says its type.
    pub(super) explicit: bool,
    pub(super) big_endian: bool,
}

impl Encoding {
    pub(super) const EXPLICIT: Encoding = Encoding { explicit: true, big_endian: false };
    pub(super) const IMPLICIT: Encoding = Encoding { explicit: false, big_endian: false };
}

/// The compression of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Native,
    Rle,
    Jpeg,
    /// The name of a compression that cannot be decoded.
    Other(&'static str),
}

/// A transfer syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) encoding: Encoding,
    /// All after the meta information is packed by DEFLATE.
    pub(super) deflated: bool,
    pub(super) codec: Codec,
}

impl Syntax {
    /// Finds the syntax of an identifier. Unknown ones are compressions: the standard has no other.
    pub(super) fn of(uid: &str) -> Syntax {
        let explicit = |codec| Syntax { encoding: Encoding::EXPLICIT, deflated: false, codec };
        let native = explicit(Codec::Native);
        let Some(number) = uid.strip_prefix("1.2.840.10008.1.2") else {
            return explicit(Codec::Other("a private compression"));
        };
        match number {
            "" => Syntax { encoding: Encoding::IMPLICIT, ..native },
            ".1" => native,
            ".1.99" => Syntax { deflated: true, ..native },
            ".2" => Syntax { encoding: Encoding { explicit: true, big_endian: true }, ..native },
            ".5" => explicit(Codec::Rle),
            ".4.50" | ".4.51" | ".4.57" | ".4.70" => explicit(Codec::Jpeg),
            ".4.80" | ".4.81" => explicit(Codec::Other("JPEG-LS")),
            ".4.90" | ".4.91" | ".4.92" | ".4.93" => explicit(Codec::Other("JPEG 2000")),
            ".4.201" | ".4.202" | ".4.203" => explicit(Codec::Other("High-Throughput JPEG 2000")),
            ".4.110" | ".4.111" | ".4.112" => explicit(Codec::Other("JPEG XL")),
            ".4.100" | ".4.101" | ".4.100.1" | ".4.101.1" => explicit(Codec::Other("MPEG-2")),
            _ if number.starts_with(".4.102") || number.starts_with(".4.103") => {
                explicit(Codec::Other("MPEG-4"))
            }
            _ if number.starts_with(".4.104")
                || number.starts_with(".4.105")
                || number.starts_with(".4.106") =>
            {
                explicit(Codec::Other("MPEG-4"))
            }
            ".4.107" | ".4.108" => explicit(Codec::Other("HEVC")),
            _ => explicit(Codec::Other("an unknown compression")),
        }
    }
}
