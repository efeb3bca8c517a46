//! Segments: files that one process appends to. Whoever waits for its page shares the flush with all who wait at that moment.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::{mpsc, oneshot};

use super::Place;
use crate::{Error, Result};

/// A segment that has reached this length is closed, and the next one begun.
const SEGMENT_BYTES: u64 = 64 << 20;
/// Pages that may wait for the disk; more make their senders wait.
const WAITING_PAGES: usize = 256;

/// The archive of a process. Clones share the open segment.
#[derive(Clone, Debug)]
pub struct Archive {
    folder: Arc<PathBuf>,
    pages: mpsc::Sender<Append>,
}

/// A page that waits for the disk.
#[derive(Debug)]
struct Append {
    page: Vec<u8>,
    done: oneshot::Sender<std::result::Result<Place, String>>,
}

impl Archive {
    /// Opens the archive in a folder, which is made with the first page. `process` tells the segments of processes apart: a
    /// name that no other process has or had.
    #[must_use]
    pub fn open(folder: PathBuf, process: u64) -> Self {
        let (pages, waiting) = mpsc::channel(WAITING_PAGES);
        let writer = Writer { folder: folder.clone(), process, number: 0, open: None };
        std::thread::spawn(move || writer.run(waiting));
        Self { folder: Arc::new(folder), pages }
    }

    /// Appends a page. When this returns it is on disk.
    pub(super) async fn append(&self, page: Vec<u8>) -> Result<Place> {
        let (done, place) = oneshot::channel();
        let gone = |()| Error::broken("the archive's writer is gone");
        self.pages.send(Append { page, done }).await.map_err(|_| gone(()))?;
        let outcome = place.await.map_err(|_| gone(()))?;
        outcome.map_err(|reason| Error::Busy { reason: format!("the archive cannot be written: {reason}") })
    }

    /// Reads a page.
    pub(super) async fn read(&self, place: &Place) -> Result<Vec<u8>> {
        let path = self.folder.join(&place.segment);
        let place = place.clone();
        let read = tokio::task::spawn_blocking(move || read(&path, &place)).await;
        read.map_err(|_| Error::broken("the archive's reader panicked"))?
            .map_err(|error| Error::broken(format!("a page of the archive cannot be read: {error}")))
    }
}

fn read(path: &Path, place: &Place) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(place.start))?;
    let mut page = Vec::new();
    file.take(place.bytes).read_to_end(&mut page)?;
    if page.len() as u64 == place.bytes { Ok(page) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// The one thread that writes.
#[derive(Debug)]
struct Writer {
    folder: PathBuf,
    process: u64,
    number: u32,
    open: Option<Segment>,
}

#[derive(Debug)]
struct Segment {
    name: String,
    file: File,
    bytes: u64,
}

impl Writer {
    /// Until every archive of the process is dropped.
    fn run(mut self, mut waiting: mpsc::Receiver<Append>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < WAITING_PAGES
                && let Ok(next) = waiting.try_recv()
            {
                batch.push(next);
            }
            let outcome = self.write(&batch);
            if outcome.is_err() {
                // What a failed write has left in the file is unknown: nothing is appended to it any more.
                self.open = None;
            }
            match outcome {
                Ok(places) => {
                    for (append, place) in batch.into_iter().zip(places) {
                        // Whoever no longer waits was cancelled; the page lies there without a row.
                        let _ = append.done.send(Ok(place));
                    }
                }
                Err(error) => {
                    for append in batch {
                        let _ = append.done.send(Err(error.to_string()));
                    }
                }
            }
        }
    }

    fn write(&mut self, batch: &[Append]) -> io::Result<Vec<Place>> {
        let segment = self.segment()?;
        let mut places = Vec::with_capacity(batch.len());
        for Append { page, .. } in batch {
            segment.file.write_all(page)?;
            let bytes = page.len() as u64;
            places.push(Place { segment: segment.name.clone(), start: segment.bytes, bytes });
            segment.bytes += bytes;
        }
        segment.file.sync_data()?;
        Ok(places)
    }

    fn segment(&mut self) -> io::Result<&mut Segment> {
        if self.open.as_ref().is_some_and(|segment| segment.bytes >= SEGMENT_BYTES) {
            self.open = None;
        }
        match &mut self.open {
            Some(segment) => Ok(segment),
            none => {
                let name = format!("{:016x}-{:06}.segment", self.process, self.number);
                self.number += 1;
                fs::create_dir_all(&self.folder)?;
                let file = OpenOptions::new().append(true).create_new(true).open(self.folder.join(&name))?;
                // The name is on disk before a row can refer to it.
                File::open(&self.folder)?.sync_all()?;
                Ok(none.insert(Segment { name, file, bytes: 0 }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;
    use futures::future::join_all;

    #[tokio::test]
    async fn pages_come_back_from_wherever_they_lie() {
        let folder = Folder::new();
        let archive = Archive::open(folder.path().join("archive"), 7);
        let pages: Vec<Vec<u8>> = (0..200_u8).map(|n| vec![n; usize::from(n) * 37]).collect();
        let places = join_all(pages.iter().map(|page| archive.append(page.clone()))).await;
        for (page, place) in pages.iter().zip(places) {
            assert_eq!(archive.read(&place.expect("written")).await.expect("reads"), *page);
        }
        let second = Archive::open(folder.path().join("archive"), 8);
        let place = second.append(b"of another process".to_vec()).await.expect("writes");
        assert_eq!(archive.read(&place).await.expect("reads"), b"of another process");
    }

    #[tokio::test]
    async fn a_disk_that_refuses_is_an_error_and_not_a_loss() {
        let folder = Folder::new();
        fs::write(folder.path().join("file"), "no folder").expect("writes");
        let archive = Archive::open(folder.path().join("file"), 7);
        assert!(matches!(archive.append(vec![1]).await, Err(Error::Busy { .. })));
        fs::remove_file(folder.path().join("file")).expect("removes");
        assert!(archive.append(vec![1]).await.is_ok(), "it goes on when the disk does");
    }
}
