//! Why a packed file is not opened.

/// What is wrong with a packed file. Places are bytes of the file as it was given, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackedFault {
    /// It ends before what it began has ended.
    #[error("byte {at}: the packed file is cut off")]
    CutOff {
        /// Where it ends.
        at: u64,
    },
    /// It contradicts itself: what was unpacked of it cannot be trusted.
    #[error("byte {at}: the packed file is damaged: {what}")]
    Damaged {
        /// Where that was noticed.
        at: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Something stands behind its end.
    #[error("byte {at}: something stands behind the end of the packed file")]
    Trailing {
        /// Where it begins.
        at: u64,
    },
    /// It holds more than [`crate::file::Limits::unpacked_bytes`].
    #[error("byte {at}: the packed file unpacks to more than {limit_bytes} bytes")]
    TooLarge {
        /// How far it was unpacked.
        at: u64,
        /// What is allowed.
        limit_bytes: u64,
    },
    /// Which of its files is the statement is not known.
    #[error("byte {at}: the archive holds more than one file: each must be given by itself")]
    SeveralFiles {
        /// Where the second one begins.
        at: u64,
    },
    /// It has folders, empty files and what operating systems leave in archives, or nothing at all.
    #[error("the archive holds no file")]
    NoFile,
    /// It opens with a password.
    #[error("byte {at}: the archive is encrypted: it must be given without a password")]
    Encrypted {
        /// Where the encrypted entry begins.
        at: u64,
    },
    /// It is packed in a way that is not read.
    #[error("byte {at}: the file is packed with a method that is not read: expected deflate")]
    Method {
        /// Where.
        at: u64,
    },
    /// What is in it is packed once more.
    #[error("the packed file holds another packed file: it must be unpacked once before")]
    Nested,
}
