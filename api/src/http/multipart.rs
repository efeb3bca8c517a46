//! Requests with files, after the GraphQL multipart request specification: the parts `operations`, `map`
//! and then the files, which are streamed to disk.

use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task,
    time::Duration,
};

use async_graphql::{Request, Value, Variables};
use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{DefaultBodyLimit, FromRequest, Multipart, multipart::Field},
    http::{HeaderMap, header},
};
use futures::{Stream, StreamExt};
use tokio::time::timeout;

use super::{
    error::{Code, Refusal, shorten},
    options::UploadOptions,
    request,
    upload::{Storing, Upload, UploadedFile, Uploads},
};

/// Longest `map` and longest run of bytes between two parts.
const MAP_BYTES: usize = 64 << 10;
const HEAD_BYTES: u64 = 16 << 10;

/// Receives a whole multipart request. `check` looks at the operation before any file is stored.
pub(super) async fn receive(
    options: &UploadOptions,
    operations_bytes: usize,
    headers: &HeaderMap,
    body: Body,
    check: &mut (dyn FnMut(&mut Request, usize) -> Result<(), Refusal> + Send),
) -> Result<Request, Refusal> {
    let source = Arc::new(Source::new(body.into_data_stream()));
    let most =
        options.file_bytes.saturating_mul(options.files as u64).saturating_add((operations_bytes + MAP_BYTES) as u64);
    let received = if request::announced(headers).is_some_and(|length| length > most.saturating_add(1 << 20)) {
        Err(Code::PayloadTooLarge.refuse(format!("the upload is longer than {most} bytes")))
    } else {
        match form(headers, &source).await {
            Ok(form) => {
                let parts = Parts { form, source: &source, options };
                timeout(options.timeout, parts.request(operations_bytes, check))
                    .await
                    .unwrap_or_else(|_| Err(too_slow()))
            }
            Err(refusal) => Err(refusal),
        }
    };
    if received.is_err()
        && let Some(source) = Arc::into_inner(source)
    {
        request::discard(headers, source.into_stream());
    }
    received
}

async fn form(headers: &HeaderMap, source: &Arc<Source>) -> Result<Multipart, Refusal> {
    let mut request = axum::extract::Request::new(Body::from_stream(Paced { source: source.clone(), gave: false }));
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
    }
    // Every part has its own limit below.
    DefaultBodyLimit::disable().apply(&mut request);
    Multipart::from_request(request, &()).await.map_err(|rejection| bad(rejection.body_text()))
}

struct Parts<'a> {
    form: Multipart,
    source: &'a Source,
    options: &'a UploadOptions,
}

impl Parts<'_> {
    async fn request(
        mut self,
        operations_bytes: usize,
        check: &mut (dyn FnMut(&mut Request, usize) -> Result<(), Refusal> + Send),
    ) -> Result<Request, Refusal> {
        let options = self.options;
        let operations = self.text("operations", operations_bytes).await?;
        let mut request = request::from_json(&operations)?;
        let map = self.text("map", MAP_BYTES).await?;
        let map: BTreeMap<String, Vec<String>> =
            serde_json::from_slice(&map).map_err(|error| bad(format!("`map` is not a map of paths: {error}")))?;
        if map.len() > options.files {
            return Err(Code::PayloadTooLarge.refuse(format!("a request may hold {} files", options.files)));
        }
        let mut files: BTreeMap<&str, Option<UploadedFile>> = BTreeMap::new();
        for (number, (name, paths)) in (0_u32..).zip(&map) {
            for path in paths {
                place(&mut request.variables, path, number)?;
            }
            files.insert(name, None);
        }
        check(&mut request, operations.len())?;

        while let Some((name, field)) = self.next().await? {
            let Some(slot) = files.get_mut(name.as_str()).filter(|slot| slot.is_none()) else {
                return Err(bad(format!("`map` does not name the part \"{}\", or it came twice", shorten(&name))));
            };
            *slot = Some(store(field, options).await?);
        }
        // Both maps are sorted by name, so the files stand in the order of their numbers.
        let files: Option<Vec<UploadedFile>> = files.into_values().collect();
        request.data.insert(Uploads(files.ok_or_else(|| bad("a file that `map` names is missing"))?));
        Ok(request)
    }

    async fn next(&mut self) -> Result<Option<(String, Field<'_>)>, Refusal> {
        self.source.allow(Some(HEAD_BYTES));
        let field = timeout(self.options.idle_timeout, self.form.next_field()).await.map_err(|_| too_slow())?;
        self.source.allow(None);
        match field {
            Ok(None) => Ok(None),
            Ok(Some(field)) => {
                let name = field.name().ok_or_else(|| bad("a part has no name"))?.to_owned();
                Ok(Some((name, field)))
            }
            Err(error) => Err(bad(error.body_text())),
        }
    }

    /// The next part, which must have this name.
    async fn text(&mut self, expected: &str, limit: usize) -> Result<Vec<u8>, Refusal> {
        let idle = self.options.idle_timeout;
        match self.next().await? {
            Some((name, mut field)) if name == expected => {
                let mut whole = Vec::new();
                while let Some(chunk) = chunk(&mut field, idle).await? {
                    if whole.len() + chunk.len() > limit {
                        return Err(Code::PayloadTooLarge.refuse(format!("`{expected}` is longer than {limit} bytes")));
                    }
                    whole.extend_from_slice(&chunk);
                }
                Ok(whole)
            }
            _ => Err(bad(format!("the parts come in the order `operations`, `map`, files; `{expected}` is missing"))),
        }
    }
}

async fn chunk(field: &mut Field<'_>, idle: Duration) -> Result<Option<Bytes>, Refusal> {
    let chunk = timeout(idle, field.chunk()).await.map_err(|_| too_slow())?;
    chunk.map_err(|error| bad(error.body_text()))
}

async fn store(mut field: Field<'_>, options: &UploadOptions) -> Result<UploadedFile, Refusal> {
    let name = field.file_name().unwrap_or("file").to_owned();
    let content_type = field.content_type().map(ToString::to_string);
    let mut storing = Storing::start(&options.folder).await.map_err(|error| broken(&error))?;
    while let Some(chunk) = chunk(&mut field, options.idle_timeout).await? {
        let bytes = storing.write(&chunk).await.map_err(|error| broken(&error))?;
        if bytes > options.file_bytes {
            return Err(Code::PayloadTooLarge.refuse(format!("a file may hold {} bytes", options.file_bytes)));
        }
    }
    storing.finish(&name, content_type).await.map_err(|error| broken(&error))
}

/// Puts a file's number where `map` says, which must hold null: `variables.files.0`.
fn place(variables: &mut Variables, path: &str, number: u32) -> Result<(), Refusal> {
    let mut steps = path.split('.');
    let spot = (steps.next() == Some("variables"))
        .then(|| variables.get_mut(steps.next()?))
        .flatten()
        .and_then(|first| {
            steps.try_fold(first, |value, step| match value {
                Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
                Value::Object(fields) => fields.get_mut(step),
                _ => None,
            })
        })
        .filter(|spot| **spot == Value::Null);
    match spot {
        Some(spot) => {
            *spot = Upload::marked(number);
            Ok(())
        }
        None => Err(bad(format!("`map` leads nowhere: no null at \"{}\"", shorten(path)))),
    }
}

fn bad(message: impl AsRef<str>) -> Refusal {
    Code::BadRequest.refuse(shorten(message.as_ref()).into_owned())
}

fn too_slow() -> Refusal {
    Code::RequestTimeout.refuse("the upload came too slowly")
}

fn broken(error: &io::Error) -> Refusal {
    tracing::error!(error = %error, "an upload could not be stored");
    Code::Internal.refuse("internal error")
}

/// The request's body, which the form reads and which is read on when the form is refused.
struct Source {
    stream: Mutex<BodyDataStream>,
    read: AtomicU64,
    /// How far it may be read for now.
    allowed: AtomicU64,
}

impl Source {
    fn new(stream: BodyDataStream) -> Self {
        Self { stream: Mutex::new(stream), read: AtomicU64::new(0), allowed: AtomicU64::new(u64::MAX) }
    }

    fn allow(&self, more: Option<u64>) {
        let limit = more.map_or(u64::MAX, |more| self.read.load(Ordering::Relaxed).saturating_add(more));
        self.allowed.store(limit, Ordering::Relaxed);
    }

    fn into_stream(self) -> BodyDataStream {
        self.stream.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The parser of forms buffers whatever its stream has ready, and without end while it looks for the
/// end of a part's headers. So it is fed one chunk a turn, and not beyond the allowance.
struct Paced {
    source: Arc<Source>,
    gave: bool,
}

impl Stream for Paced {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
            cx.waker().wake_by_ref();
            return task::Poll::Pending;
        }
        let source = &self.source;
        if source.read.load(Ordering::Relaxed) >= source.allowed.load(Ordering::Relaxed) {
            return task::Poll::Ready(Some(Err(io::Error::other("the headers of a part are too long"))));
        }
        let polled = source.stream.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(cx);
        let chunk = task::ready!(polled);
        if let Some(Ok(bytes)) = &chunk {
            source.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            self.gave = true;
        }
        task::Poll::Ready(chunk.map(|chunk| chunk.map_err(io::Error::other)))
    }
}
