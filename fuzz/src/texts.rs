//! What people and programs hand to a client.

use std::io::Cursor;
use std::sync::LazyLock;

use serde_json::Value;
use vouchsafe_client::http;
use vouchsafe_client::json::{self, RequestJson};
use vouchsafe_client::release::{Release, Statement};
use vouchsafe_client::rows::{Format, Row, RowReader};
use vouchsafe_client::{key_file, measurements, release};
use vouchsafe_common::UnixMillis;
use vouchsafe_common::message::{Request, RequestId};
use vouchsafe_common::proof::CallerKey;
use vouchsafe_pii::records::csv_rows::Delimiter;
use vouchsafe_pii::tokenize::{self, Place, Token};

/// The columns that are asked for; `tests/samples/customers.csv` has them.
const COLUMNS: [&str; 2] = ["email", "ssn"];

/// A CSV file.
pub fn csv(file: &[u8]) -> bool {
    !rows(file, Format::Csv(Delimiter::Comma)).is_empty()
}

/// An NDJSON file: a value that was taken is the one that another reader of JSON sees.
pub fn ndjson(file: &[u8]) -> bool {
    let rows = rows(file, Format::Ndjson);
    let lines = file
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let lines = lines.filter(|line| !line.trim_ascii().is_empty());
    for (row, line) in rows.iter().zip(lines) {
        let mark = "\u{feff}".as_bytes();
        let line = line
            .strip_prefix(mark)
            .filter(|_| row.number == 1)
            .unwrap_or(line);
        // A number beyond what a float holds keeps its text, and the other reader has no place for it.
        let Ok(line) = serde_json::from_slice::<Value>(line) else {
            continue;
        };
        for (column, taken) in COLUMNS.iter().zip(&row.values) {
            let taken = taken.as_deref().map(String::as_str);
            match &line[column] {
                Value::Null => assert_eq!(taken, None),
                Value::String(text) => assert_eq!(taken, Some(text.as_str())),
                _ => assert!(taken.is_some()),
            }
        }
    }
    !rows.is_empty()
}

/// The rows before the first fault.
fn rows(file: &[u8], format: Format) -> Vec<Row> {
    let columns = COLUMNS.map(str::to_owned);
    let Ok(mut reader) = RowReader::new(Box::new(Cursor::new(file.to_vec())), format, &columns)
    else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    while let Ok(Some(row)) = reader.next_row() {
        assert_eq!(
            (row.number, row.values.len()),
            (rows.len() as u64 + 1, columns.len())
        );
        rows.push(row);
    }
    rows
}

/// The JSON that the proxy takes: what of it is sealed, the enclave reads.
pub fn proxy_body(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<RequestJson>(body) else {
        return false;
    };
    let parameters = json::parameters(body.parameters.as_ref());
    let (Ok(parameters), Ok(items)) = (parameters, json::items(body.items)) else {
        return false;
    };
    let request = Request {
        id: RequestId([1; 16]),
        issued_at: UnixMillis(1),
        purpose: body.purpose.unwrap_or_default(),
        tenant: body.tenant.unwrap_or_default(),
        dataset: body.dataset.unwrap_or_default(),
        operation: "detect".into(),
        parameters,
        items,
    };
    let Ok(encoded) = request.encode() else {
        return false;
    };
    let decoded = Request::decode(&encoded).expect("what a client sends is read");
    assert_eq!(decoded.items.len(), request.items.len());
    true
}

/// An RFC 9457 problem of the parent's, by status and body. Its code can be printed as it is.
pub fn problem(body: &[u8]) -> bool {
    let (error, evidence) = http::problem(421, body);
    let code = error.code();
    assert!((1..=64).contains(&code.len()));
    assert!(
        code.bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    );
    evidence.is_some() || code != "http_error"
}

/// A file of measurements: no register that clients demand is ever left out.
pub fn measurements(file: &[u8]) -> bool {
    measurements::parse(file).is_ok()
}

/// The statement of a release, and a signed one: what parses can be signed and opens as it was, and
/// no bytes open that the authority did not sign.
pub fn release(bytes: &[u8]) -> bool {
    static KEY: LazyLock<CallerKey> = LazyLock::new(CallerKey::generate_ed25519);
    let keys = [KEY.public_key()];
    assert!(Release::open(bytes, &keys, 0).is_err(), "nobody signed it");
    let Ok(statement) = Statement::parse(bytes) else {
        return false;
    };
    if let Ok(signed) = release::sign(bytes, &KEY) {
        let opened = Release::open(&signed, &keys, statement.security_version);
        assert_eq!(opened.expect("it was signed").statement(), &statement);
    }
    true
}

/// A caller's private key, PEM or DER: what is taken signs, and its signature holds.
pub fn key_file(file: &[u8]) -> bool {
    let Ok(key) = key_file::parse(file) else {
        return false;
    };
    // A pair whose halves do not belong together signs nothing that holds; no file has to be one.
    let _ = key.public_key().verify(b"message", &key.sign(b"message"));
    true
}

/// A token of the PII engine: read in one form, and opened by no other key.
pub fn pii_token(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let Ok(token) = Token::parse(&text) else {
        return false;
    };
    assert!(text.contains(&format!(".k{}.", token.version())));
    let place = Place {
        tenant: "acme",
        entity: "US_SSN",
        context: "crm",
    };
    assert!(tokenize::detokenize(&[0; tokenize::KEY_BYTES], &place, &token).is_err());
    true
}
