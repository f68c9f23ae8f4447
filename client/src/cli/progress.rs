//! The progress bar: on stderr, and only when a person watches.

use std::io::{IsTerminal as _, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Output;
use super::out::is_stdout;

/// Shows how much of the input has been read.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar over the bytes of `path`, or a counter where their number is not known, of a command that
    /// prints to stdout: none where that is a terminal too, since the bar would be drawn over what is
    /// printed.
    pub(super) fn over(path: &Path, output: Output) -> Self {
        Self::new(path, output, std::io::stdout().is_terminal())
    }

    /// The same of a command that writes to `out`.
    pub(super) fn into(path: &Path, out: &Path, output: Output) -> Self {
        Self::new(
            path,
            output,
            is_stdout(out) && std::io::stdout().is_terminal(),
        )
    }

    fn new(path: &Path, output: Output, is_in_the_way: bool) -> Self {
        let is_watched = !output.json && !is_in_the_way && std::io::stderr().is_terminal();
        let length = std::fs::metadata(path)
            .ok()
            .filter(std::fs::Metadata::is_file);
        let target = if is_watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(length.map(|metadata| metadata.len()), target);
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Says what is being done.
    pub(super) fn message(&self, text: &str) {
        self.0.set_message(text.to_owned());
    }

    /// Counts what is read from `input`.
    pub(super) fn counting(&self, input: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(self.0.wrap_read(input))
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
