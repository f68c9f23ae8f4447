//! The configuration file of `process` and `proxy`: TOML, every member optional here because a flag
//! can give it, and none unknown.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use super::{Failure, files};

/// What the file can say. Paths are relative to the file's folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// Address of the service, http or https.
    pub(super) url: Option<String>,
    /// Certificates (PEM) to trust for TLS instead of the system's.
    pub(super) certificates: Option<PathBuf>,
    /// `aws`, or `mock` in builds that can.
    pub(super) trust: Option<String>,
    /// The mock's root certificate, DER.
    pub(super) root: Option<PathBuf>,
    /// What the enclave must measure to: one file, or a list of those that are accepted.
    #[serde(default, deserialize_with = "one_or_several")]
    pub(super) measurements: Vec<PathBuf>,
    /// The caller's name in the policy bundle.
    pub(super) caller: Option<String>,
    /// The caller's private key.
    pub(super) key: Option<PathBuf>,
    /// A file that holds a token; read for each request.
    pub(super) token: Option<PathBuf>,
    /// What results are for.
    pub(super) purpose: Option<String>,
    /// Whose data.
    pub(super) tenant: Option<String>,
    /// Which data of the tenant's.
    pub(super) dataset: Option<String>,
}

impl Config {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
        let mut config = Self::parse(&content).map_err(|line| Failure::Config {
            path: path.to_owned(),
            line,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in [
            &mut config.certificates,
            &mut config.root,
            &mut config.key,
            &mut config.token,
        ]
        .into_iter()
        .flatten()
        .chain(&mut config.measurements)
        {
            *path = folder.join(&path);
        }
        Ok(config)
    }

    /// Reads the content; an error is the line where it is known.
    fn parse(content: &[u8]) -> Result<Self, Option<usize>> {
        let text = std::str::from_utf8(content).map_err(|_| None)?;
        toml::from_str(text).map_err(|error| {
            let start = error.span()?.start;
            Some(text.get(..start)?.matches('\n').count() + 1)
        })
    }
}

/// Reads a path, or a list of paths.
fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Paths {
        One(PathBuf),
        Several(Vec<PathBuf>),
    }
    Ok(match Paths::deserialize(from)? {
        Paths::One(path) => vec![path],
        Paths::Several(paths) => paths,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_member_is_refused_with_its_line() {
        assert_eq!(
            Config::parse(b"url = \"http://x\"\nmesurements = \"m\"\n").err(),
            Some(Some(2))
        );
        assert_eq!(Config::parse(b"url = 1").err(), Some(Some(1)));
        assert_eq!(
            Config::parse(b"\nmeasurements = [1]\n").err(),
            Some(Some(2))
        );
        assert_eq!(Config::parse(b"\xff").err(), Some(None));
        assert!(Config::parse(b"").is_ok());
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "key = \"caller.pem\"\ntoken = \"/run/token\"\n").unwrap();
        let config = Config::read(&file).unwrap();
        assert_eq!(config.key, Some(folder.path().join("caller.pem")));
        assert_eq!(config.token, Some("/run/token".into()));
        assert!(config.measurements.is_empty());
    }

    #[test]
    fn measurements_are_one_file_or_a_list_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Config::read(&file).unwrap().measurements
        };
        let inside = folder.path().join("old.json");
        let one = read("measurements = \"old.json\"");
        assert_eq!(one, std::slice::from_ref(&inside));
        assert_eq!(
            read("measurements = [\"old.json\", \"/new.json\"]"),
            [inside, "/new.json".into()]
        );
    }
}
