//! Files in requests: the scalar that stands for one, and the file on disk behind it.

use std::{
    fs::File,
    io::{self, Seek},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use async_graphql::{Context, Error, ErrorExtensions, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use axum::body::Bytes;
use tokio::io::AsyncWriteExt;

use super::error::Code;

/// A file in a multipart request, see <https://github.com/jaydenseric/graphql-multipart-request-spec>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload(u32);

#[Scalar(name = "Upload", specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec")]
/// A file in a multipart request: null in `operations`, named by `map`.
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match mark(&value) {
            Some(number) => Ok(Self(number)),
            None => Err(InputValueError::custom("send the file in a multipart request")),
        }
    }

    fn is_valid(value: &Value) -> bool {
        mark(value).is_some()
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

/// Where a variable holds a file, its number stands as a binary value: neither JSON nor a GraphQL
/// document can express one, so no client can forge it.
fn mark(value: &Value) -> Option<u32> {
    match value {
        Value::Binary(bytes) => Some(u32::from_be_bytes(bytes.as_ref().try_into().ok()?)),
        _ => None,
    }
}

impl Upload {
    /// The value that stands for the file of this number.
    pub(super) fn marked(number: u32) -> Value {
        Value::Binary(Bytes::copy_from_slice(&number.to_be_bytes()))
    }

    /// The file itself; it lives as long as the request.
    ///
    /// # Errors
    /// `INVALID` if the request brought no such file.
    pub fn file<'a>(self, ctx: &Context<'a>) -> async_graphql::Result<&'a UploadedFile> {
        ctx.data_opt::<Uploads>().and_then(|uploads| uploads.0.get(self.0 as usize)).ok_or_else(|| {
            Error::new("the request holds no such file").extend_with(|_, e| e.set("code", Code::Invalid.as_str()))
        })
    }
}

/// The files of a request, in the order of their numbers.
pub(super) struct Uploads(pub(super) Vec<UploadedFile>);

/// A received file. It has no name on disk any more, so nothing is left of it when the process dies.
#[derive(Debug)]
pub struct UploadedFile {
    /// As the client names it, without folders and control characters; at most 255 bytes.
    pub name: String,
    /// As the client names it.
    pub content_type: Option<String>,
    /// Its length.
    pub bytes: u64,
    file: File,
}

impl UploadedFile {
    /// A handle at the file's beginning. All handles of a file share one position: use one at a time.
    ///
    /// # Errors
    /// If the operating system has no handle left.
    pub fn open(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }
}

/// A file on its way to disk.
pub(super) struct Storing {
    file: tokio::fs::File,
    bytes: u64,
}

impl Storing {
    const WRITE_BYTES: usize = 256 << 10;

    /// A file that only its handle leads to, readable by nobody else. The name it has for a moment
    /// needs no secrecy: it is never opened if it exists already.
    pub(super) async fn start(folder: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("florin-upload-{}-{number}", std::process::id()));
            let mut how = tokio::fs::OpenOptions::new();
            how.read(true).write(true).create_new(true);
            #[cfg(unix)]
            how.mode(0o600);
            match how.open(&path).await {
                Ok(mut file) => {
                    tokio::fs::remove_file(&path).await?;
                    file.set_max_buf_size(Self::WRITE_BYTES);
                    return Ok(Self { file, bytes: 0 });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// How long the file is now.
    pub(super) async fn write(&mut self, chunk: &Bytes) -> io::Result<u64> {
        self.file.write_all(chunk).await?;
        self.bytes += chunk.len() as u64;
        Ok(self.bytes)
    }

    pub(super) async fn finish(mut self, name: &str, content_type: Option<String>) -> io::Result<UploadedFile> {
        self.file.flush().await?;
        Ok(UploadedFile { name: tidy(name), content_type, bytes: self.bytes, file: self.file.into_std().await })
    }
}

fn tidy(name: &str) -> String {
    const LONGEST: usize = 255;
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut clean: String = last.chars().filter(|c| !c.is_control()).collect();
    while clean.len() > LONGEST {
        clean.pop();
    }
    clean
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn names_lose_their_folders() {
        assert_eq!(tidy("march.ofx"), "march.ofx");
        assert_eq!(tidy("../../etc/passwd"), "passwd");
        assert_eq!(tidy("C:\\My\\march.csv"), "march.csv");
        assert_eq!(tidy("a\r\nb\0c"), "abc");
        assert!(tidy(&"é".repeat(300)).len() <= 255);
    }

    #[test]
    fn no_client_can_forge_a_file() {
        for value in [
            Value::Null,
            Value::from("0"),
            Value::from("#__graphql_file__:0"),
            Value::from(0),
            Value::List(vec![Value::from(0); 4]),
        ] {
            assert!(!Upload::is_valid(&value), "{value}");
            assert!(Upload::parse(value).is_err());
        }
        assert_eq!(Upload::parse(Upload::marked(7)).ok(), Some(Upload(7)));
    }

    #[tokio::test]
    async fn a_stored_file_has_no_name() {
        let folder = std::env::temp_dir().join(format!("florin-test-upload-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut storing = Storing::start(&folder).await.unwrap();
        assert_eq!(storing.write(&Bytes::from_static(b"abc")).await.unwrap(), 3);
        assert_eq!(storing.write(&Bytes::from_static(b"de")).await.unwrap(), 5);
        let file = storing.finish("x/y.csv", None).await.unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        std::fs::remove_dir(&folder).unwrap();
        assert_eq!((file.name.as_str(), file.bytes), ("y.csv", 5));
        for _ in 0..2 {
            let mut text = String::new();
            file.open().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "abcde");
        }
    }
}
