//! A parent for tests: a Unix socket that answers egress queries as a test wishes.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use vouchsafe_common::egress::{EgressAnswer, EgressQuery};

use crate::egress::Egress;
use crate::transport::{DialAddress, ListenAddress, Listener, Stream, read_frame, write_frame};

const SECOND: Duration = Duration::from_secs(1);

/// A deadline that no test should meet.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// A listening parent. Stops when dropped.
pub(crate) struct Parent {
    folder: tempfile::TempDir,
    asked: Arc<Mutex<Vec<EgressQuery>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Parent {
    /// Hands each query and its stream to `serve`.
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(EgressQuery, Stream) -> F + Send + Sync + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = ListenAddress::Unix(folder.path().join("egress.sock"));
        let listener = Listener::bind(&address).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok(mut stream) = listener.accept().await {
                let frame = read_frame(&mut stream, 1024, SECOND, SECOND).await;
                let Ok(Some(bytes)) = frame else { continue };
                let query = EgressQuery::decode(&bytes).unwrap();
                log.lock().unwrap().push(query.clone());
                tokio::spawn(serve(query, stream));
            }
        });
        Self {
            folder,
            asked,
            task,
        }
    }

    /// Answers each query alike and closes.
    pub(crate) fn answering(answer: impl Fn() -> EgressAnswer + Send + Sync + 'static) -> Self {
        Self::start(move |_, mut stream| {
            let bytes = answer().encode();
            async move {
                let _ = write_frame(&mut stream, &bytes, 1 << 20, SECOND).await;
            }
        })
    }

    /// The way to this parent.
    pub(crate) fn egress(&self) -> Egress {
        Egress::new(DialAddress::Unix(self.folder.path().join("egress.sock")))
    }

    /// The queries so far.
    pub(crate) fn asked(&self) -> Vec<EgressQuery> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.task.abort();
    }
}
