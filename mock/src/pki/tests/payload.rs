//! The CBOR of a payload, changed in one place and signed: what passes, and how the rest is named.
//!
//! Every document here has a good chain and a good signature, so the payload alone decides.

use vouchsafe_common::attestation::Field;

use super::*;

/// A payload as its heads, keys and values, so that each can have any form.
struct Payload {
    open: Vec<u8>,
    /// Key and value, in AWS's order.
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    close: Vec<u8>,
}

type Change = fn(&mut Payload);

fn encode(value: impl Into<Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    coset::cbor::ser::into_writer(&value.into(), &mut bytes).unwrap();
    bytes
}

/// A byte string of so many bytes.
fn bytes(length: usize) -> Vec<u8> {
    encode(vec![7; length])
}

/// The registers of these indexes.
fn pcrs(indexes: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let entry = |index: u8| (index.into(), vec![7; 48].into());
    encode(Value::Map(indexes.into_iter().map(entry).collect()))
}

/// The same map or array, ended by a break instead of stating its length.
fn left_open(container: &[u8]) -> Vec<u8> {
    let [head @ (0x80..=0x97 | 0xa0..=0xb7), rest @ ..] = container else {
        panic!("not a short map or array")
    };
    [&[head & 0xe0 | 0x1f], rest, &[0xff]].concat()
}

impl Payload {
    /// As current firmware writes it.
    fn of(chain: &Chain) -> Self {
        let bundle = chain.leaf.bundle.iter().map(|it| it.clone().into());
        let entries = [
            ("module_id", encode(MODULE)),
            ("digest", encode("SHA384")),
            ("timestamp", encode(NOW.0)),
            ("pcrs", pcrs(0..16)),
            ("certificate", encode(chain.leaf.certificate.clone())),
            ("cabundle", encode(Value::Array(bundle.collect()))),
            ("public_key", encode(Value::Null)),
            ("user_data", encode(Value::Null)),
            ("nonce", encode(Value::Null)),
        ];
        let entries = entries.map(|(name, value)| (encode(name), value)).into();
        Self {
            open: vec![0xbf],
            entries,
            close: vec![0xff],
        }
    }

    /// As firmware before late 2025 wrote it.
    fn stated(&mut self) {
        self.open = vec![0xa0 + u8::try_from(self.entries.len()).unwrap()];
        self.close.clear();
    }

    fn entry(&mut self, name: &str) -> &mut (Vec<u8>, Vec<u8>) {
        let key = encode(name);
        self.entries.iter_mut().find(|it| it.0 == key).unwrap()
    }

    fn value(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.entry(name).1
    }

    fn set(&mut self, name: &str, value: Vec<u8>) {
        *self.value(name) = value;
    }

    fn add(&mut self, name: &str, value: Vec<u8>) {
        self.entries.push((encode(name), value));
    }

    fn remove(&mut self, name: &str) {
        let key = encode(name);
        self.entries.retain(|it| it.0 != key);
    }

    fn encode(&self) -> Vec<u8> {
        let entries = self
            .entries
            .iter()
            .flat_map(|(key, value)| [&key[..], &value[..]]);
        [
            vec![&self.open[..]],
            entries.collect(),
            vec![&self.close[..]],
        ]
        .concat()
        .concat()
    }
}

/// The decision on a good document whose payload was changed.
fn decide(change: impl FnOnce(&mut Payload)) -> Result<(), E> {
    let chain = Chain::new();
    let mut payload = Payload::of(&chain);
    change(&mut payload);
    let document = chain.leaf.sign(payload.encode());
    let root = chain.pki.root_fingerprint();
    inspect(&document, &root, NOW, &Expected::default(), false).map(drop)
}

#[rustfmt::skip] // A case a line.
const ACCEPTED: &[(&str, Change)] = &[
    ("as it comes", |_| ()),
    ("null left out", |it| for name in ["public_key", "user_data", "nonce"] { it.remove(name); }),
    ("user_data there and empty", |it| it.set("user_data", bytes(0))),
    ("nonce there and empty", |it| it.set("nonce", bytes(0))),
    ("public_key of 1 byte", |it| it.set("public_key", bytes(1))),
    ("1,024 bytes in each field",
        |it| for name in ["public_key", "user_data", "nonce"] { it.set(name, bytes(1024)); }),
    ("PCR0, 1 and 2 alone", |it| it.set("pcrs", pcrs(0..3))),
    ("PCR16", |it| it.set("pcrs", pcrs(0..17))),
    ("PCR31 and a gap", |it| it.set("pcrs", pcrs((0..16).chain([31])))),
    ("all 32 registers", |it| it.set("pcrs", pcrs(0..32))),
    ("keys in another order", |it| it.entries.reverse()),
    ("registers in another order", |it| it.set("pcrs", pcrs((0..16).rev()))),
    ("open pcrs", |it| *it.value("pcrs") = left_open(&it.value("pcrs").clone())),
    ("open cabundle", |it| *it.value("cabundle") = left_open(&it.value("cabundle").clone())),
    ("the shortest module_id", |it| it.set("module_id", encode("i-0-enc0"))),
];

#[test]
fn every_form_that_a_security_module_may_use_is_accepted() {
    for (what, change) in ACCEPTED {
        assert_eq!(decide(change), Ok(()), "{what}");
        let with_length = decide(|it| {
            change(it);
            it.stated();
        });
        assert_eq!(with_length, Ok(()), "{what}, with a stated length");
    }
}

const fn size(field: Field) -> E {
    E::FieldSize { field }
}

#[rustfmt::skip] // A case a line.
const REFUSED: &[(&str, Change, E)] = &[
    // Sizes.
    ("public_key of 1,025 bytes", |it| it.set("public_key", bytes(1025)), size(Field::PublicKey)),
    ("user_data of 1,025 bytes", |it| it.set("user_data", bytes(1025)), size(Field::UserData)),
    ("nonce of 1,025 bytes", |it| it.set("nonce", bytes(1025)), size(Field::Nonce)),
    ("certificate of 1,025 bytes",
        |it| it.set("certificate", bytes(1025)), size(Field::Certificate)),
    ("public_key there and empty", |it| it.set("public_key", bytes(0)), size(Field::PublicKey)),
    ("nine certificates", |it| it.set("cabundle", encode(Value::Array(vec![vec![0].into(); 9]))),
        size(Field::Cabundle)),

    // Registers.
    ("PCR32", |it| it.set("pcrs", pcrs(0..33)), E::PcrIndex),
    ("65 registers", |it| it.set("pcrs", pcrs(0..65)), E::CborTooManyItems),
    ("PCR3 twice", |it| it.set("pcrs", pcrs([0, 1, 2, 3, 3])), E::DuplicatePcr { index: 3 }),
    ("PCR0 absent", |it| it.set("pcrs", pcrs(1..16)), E::PcrMissing { index: 0 }),
    ("PCR1 absent", |it| it.set("pcrs", pcrs([0, 2])), E::PcrMissing { index: 1 }),
    ("PCR2 absent", |it| it.set("pcrs", pcrs([0, 1])), E::PcrMissing { index: 2 }),

    // Keys.
    ("an unknown key", |it| it.add("extra", encode(1)), E::UnknownField),
    ("an unknown key with null", |it| it.add("extra", encode(Value::Null)), E::UnknownField),
    ("a key as bytes", |it| it.entry("nonce").0 = encode(b"nonce".to_vec()), E::UnknownField),
    ("a key in capitals", |it| it.entry("nonce").0 = encode("NONCE"), E::UnknownField),
    ("nonce twice, null first", |it| it.add("nonce", bytes(32)),
        E::DuplicateField { field: Field::Nonce }),
    ("pcrs twice", |it| it.add("pcrs", pcrs(0..16)), E::DuplicateField { field: Field::Pcrs }),
    ("certificate twice", |it| it.add("certificate", bytes(600)),
        E::DuplicateField { field: Field::Certificate }),

    // A NitroTPM's document, whole and by halves.
    ("nitrotpm_pcrs for pcrs, and its module", |it| {
        it.entry("pcrs").0 = encode("nitrotpm_pcrs");
        it.set("nitrotpm_pcrs", pcrs(0..24));
        it.set("module_id", encode("i-0123456789abcdef0-tpm0000000000000000"));
    }, E::NitroTpm),
    ("nitrotpm_pcrs for pcrs", |it| it.entry("pcrs").0 = encode("nitrotpm_pcrs"), E::NitroTpm),
    ("nitrotpm_pcrs beside pcrs", |it| it.add("nitrotpm_pcrs", pcrs(0..24)), E::NitroTpm),
    ("nitrotpm_pcrs null", |it| it.add("nitrotpm_pcrs", encode(Value::Null)), E::NitroTpm),
    ("pcrs left out", |it| it.remove("pcrs"), E::MissingField { field: Field::Pcrs }),
    ("a NitroTPM's module",
        |it| it.set("module_id", encode("i-0123456789abcdef0-tpm0000000000000000")),
        E::ModuleId),

    // Lengths that are left open where they must not be.
    ("a value in chunks", |it| it.set("nonce", b"\x5f\x41\x01\xff".to_vec()), E::CborIndefinite),
    ("a text in chunks", |it| it.set("digest", b"\x7f\x66SHA384\xff".to_vec()), E::CborIndefinite),
    ("a key in chunks",
        |it| it.entry("nonce").0 = b"\x7f\x65nonce\xff".to_vec(), E::CborIndefinite),
    ("an open map without its last value", |it| it.value("nonce").clear(),
        E::CborUnexpectedItem),
    ("a break in a map of stated length",
        |it| { it.stated(); it.entries.pop(); it.close = vec![0xff]; },
        E::CborUnexpectedItem),
    ("no break", |it| it.close.clear(), E::CborTruncated),
    ("two breaks", |it| it.close.push(0xff), E::CborTrailingBytes),

    // Heads longer than needed.
    ("the map's", |it| { it.open = vec![0xb8, 9]; it.close.clear(); }, E::CborNotShortest),
    ("a key's", |it| it.entry("nonce").0 = b"\x78\x05nonce".to_vec(), E::CborNotShortest),
    ("a text's", |it| it.set("digest", b"\x78\x06SHA384".to_vec()), E::CborNotShortest),
    ("a byte string's", |it| it.set("nonce", b"\x59\x00\x01\x00".to_vec()), E::CborNotShortest),
    ("a register's index", |it| it.set("pcrs", b"\xa1\x18\x00\x40".to_vec()), E::CborNotShortest),
    ("the bundle's", |it| it.set("cabundle", b"\x98\x01\x40".to_vec()), E::CborNotShortest),
    ("a timestamp's",
        |it| it.set("timestamp", b"\x1b\0\0\0\0\0\0\0\x01".to_vec()), E::CborNotShortest),

    // Items that have no place here.
    ("undefined for null", |it| it.set("nonce", vec![0xf7]), E::CborUnexpectedItem),
    ("null in two bytes", |it| it.set("nonce", vec![0xf8, 22]), E::CborUnexpectedItem),
    ("false", |it| it.set("nonce", vec![0xf4]), E::CborUnexpectedItem),
    ("a timestamp as a float",
        |it| it.set("timestamp", vec![0xf9, 0x3c, 0]), E::CborUnexpectedItem),
    ("a tag on a value", |it| it.value("timestamp").insert(0, 0xc1), E::CborUnexpectedItem),
    ("a tag on the map", |it| it.open.insert(0, 0xd2), E::CborUnexpectedItem),
    ("a reserved head", |it| it.set("nonce", vec![0x5c]), E::CborUnexpectedItem),
    ("nine arrays in one another", |it| it.set("nonce", [vec![0x81; 8], vec![0x80]].concat()),
        E::CborTooDeep),
    ("a length of 2^63",
        |it| it.set("nonce", b"\x5b\x80\0\0\0\0\0\0\0".to_vec()), E::CborTruncated),
    ("a text that is not UTF-8", |it| it.set("digest", b"\x61\xff".to_vec()), E::CborText),
];

#[test]
fn every_other_form_of_a_payload_is_refused_for_what_it_is() {
    for (what, change, refused) in REFUSED {
        assert_eq!(decide(change), Err(*refused), "{what}");
    }
}

#[test]
fn a_debug_document_is_refused_for_any_of_its_three_zeros_and_for_no_other() {
    for zero in 0..16_u8 {
        let value = |index: u8| vec![if index == zero { 0 } else { 7 }; 48];
        let entry = |index: u8| (index.into(), value(index).into());
        let pcrs = encode(Value::Map((0..16).map(entry).collect()));
        let refused = if zero < 3 { Err(E::DebugMode) } else { Ok(()) };
        assert_eq!(decide(|it| it.set("pcrs", pcrs)), refused, "PCR{zero}");
    }
}
