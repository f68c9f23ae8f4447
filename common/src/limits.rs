//! Every bound that two crates share, with its unit and its reason.
//!
//! A bound is checked before memory is taken for what it bounds.

use std::time::Duration;

/// Longest sealed request, bytes. Holds 10,000 short items or four texts of the largest size.
pub const MAX_SEALED_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// Longest sealed reply, bytes. Twice a request: findings can be longer than the text.
pub const MAX_SEALED_REPLY_BYTES: usize = 32 * 1024 * 1024;

/// Longest frame between parent and enclave, bytes: a reply and the envelope around it.
pub const MAX_FRAME_BYTES: usize = MAX_SEALED_REPLY_BYTES + 64 * 1024;

/// Longest first frame on an egress stream, bytes: the boot material is the largest content.
pub const MAX_EGRESS_FRAME_BYTES: usize = 4 * 1024 * 1024;

/// Longest trust anchor or policy bundle, bytes.
pub const MAX_BUNDLE_BYTES: usize = 1024 * 1024;

/// Root blobs that a parent may hand over at boot; each is at most [`MAX_WRAPPED_KEY_BYTES`] long.
pub const MAX_ROOTS: usize = 64;

/// Longest ciphertext blob of KMS, bytes (API reference, `CiphertextBlob`).
pub const MAX_WRAPPED_KEY_BYTES: usize = 6144;

/// Items in one request.
pub const MAX_ITEMS: usize = 10_000;

/// Longest sealed record, bytes.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;

/// Longest inline text, bytes of UTF-8.
pub const MAX_INLINE_TEXT_BYTES: usize = 4 * 1024 * 1024;

/// Longest name or reference in a message, bytes: tenants, datasets, fields, references.
pub const MAX_NAME_BYTES: usize = 256;

/// Longest identity token, bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// CBOR items in a request: 16 for each item of it, and 8,192 for everything else.
pub const MAX_REQUEST_CBOR_ITEMS: usize = 16 * MAX_ITEMS + 8_192;

/// CBOR items in a reply: 15 for each finding, of which the outputs that fit have 131,072.
pub const MAX_REPLY_CBOR_ITEMS: usize = 15 * 131_072 + 16 * MAX_ITEMS;

/// Data keys that the records of one request may hang under.
pub const MAX_DATA_KEYS: usize = 64;

/// Nesting of our own CBOR messages.
pub const MAX_CBOR_DEPTH: usize = 16;

/// Longest attestation document, bytes. Real ones measure 4.4 to 7.5 KB.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// Longest key configuration, bytes; an X-Wing public key is 1216 of them.
pub const MAX_KEY_CONFIGURATION_BYTES: usize = 4096;

/// How long a request may be under way; an id is remembered as long.
pub const FRESHNESS_WINDOW: Duration = Duration::from_mins(1);

/// How far a caller's idea of the enclave's time may run ahead. Small, because a caller takes the
/// time from the evidence and its own monotonic clock.
pub const MAX_CLOCK_SKEW: Duration = Duration::from_secs(1);

/// How old evidence may be for a verifier, either way.
pub const MAX_EVIDENCE_AGE: Duration = Duration::from_mins(5);

/// Longest life of a key configuration; callers attest again after it.
pub const KEY_CONFIGURATION_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// Time for one exchange, start to end.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(10);

/// Streams that an enclave serves at once, and connections that a parent does.
pub const MAX_CONNECTIONS: usize = 256;

/// Longest single write to a vsock stream, bytes. Larger ones collapse in throughput on Nitro and
/// stall on emulators.
pub const STREAM_WRITE_BYTES: usize = 32 * 1024;
