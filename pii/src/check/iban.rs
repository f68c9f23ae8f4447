//! International bank account numbers: ISO 13616-1, with the countries, lengths and structures of
//! the IBAN Registry that SWIFT keeps, and the check digits of ISO 7064 (MOD 97-10).
//!
//! A structure says which kind of character stands where: `n` digits, `a` capital letters, `c`
//! either. National check digits inside the account number are not looked at. The tests check the
//! registry's own example of every country against all the rules.

use super::Fault;

/// A row of the registry: country, structure of what follows the check digits.
struct Country(&'static str, &'static [(usize, u8)]);

/// The longest number that ISO 13616-1 allows; the registry's longest, Russia, has 33.
pub const MAX_CHARACTERS: usize = 34;

#[rustfmt::skip]
static REGISTRY: &[Country] = &[
    Country("AD", &[(8, b'n'), (12, b'c')]),
    Country("AE", &[(19, b'n')]),
    Country("AL", &[(8, b'n'), (16, b'c')]),
    Country("AT", &[(16, b'n')]),
    Country("AZ", &[(4, b'a'), (20, b'c')]),
    Country("BA", &[(16, b'n')]),
    Country("BE", &[(12, b'n')]),
    Country("BG", &[(4, b'a'), (6, b'n'), (8, b'c')]),
    Country("BH", &[(4, b'a'), (14, b'c')]),
    Country("BI", &[(23, b'n')]),
    Country("BR", &[(23, b'n'), (1, b'a'), (1, b'c')]),
    Country("BY", &[(4, b'c'), (4, b'n'), (16, b'c')]),
    Country("CH", &[(5, b'n'), (12, b'c')]),
    Country("CR", &[(18, b'n')]),
    Country("CY", &[(8, b'n'), (16, b'c')]),
    Country("CZ", &[(20, b'n')]),
    Country("DE", &[(18, b'n')]),
    Country("DJ", &[(23, b'n')]),
    Country("DK", &[(14, b'n')]),
    Country("DO", &[(4, b'c'), (20, b'n')]),
    Country("EE", &[(16, b'n')]),
    Country("EG", &[(25, b'n')]),
    Country("ES", &[(20, b'n')]),
    Country("FI", &[(14, b'n')]),
    Country("FK", &[(2, b'a'), (12, b'n')]),
    Country("FO", &[(14, b'n')]),
    Country("FR", &[(10, b'n'), (11, b'c'), (2, b'n')]),
    Country("GB", &[(4, b'a'), (14, b'n')]),
    Country("GE", &[(2, b'a'), (16, b'n')]),
    Country("GI", &[(4, b'a'), (15, b'c')]),
    Country("GL", &[(14, b'n')]),
    Country("GR", &[(7, b'n'), (16, b'c')]),
    Country("GT", &[(24, b'c')]),
    Country("HN", &[(4, b'a'), (20, b'n')]),
    Country("HR", &[(17, b'n')]),
    Country("HU", &[(24, b'n')]),
    Country("IE", &[(4, b'a'), (14, b'n')]),
    Country("IL", &[(19, b'n')]),
    Country("IQ", &[(4, b'a'), (15, b'n')]),
    Country("IS", &[(22, b'n')]),
    Country("IT", &[(1, b'a'), (10, b'n'), (12, b'c')]),
    Country("JO", &[(4, b'a'), (4, b'n'), (18, b'c')]),
    Country("KW", &[(4, b'a'), (22, b'c')]),
    Country("KZ", &[(3, b'n'), (13, b'c')]),
    Country("LB", &[(4, b'n'), (20, b'c')]),
    Country("LC", &[(4, b'a'), (24, b'c')]),
    Country("LI", &[(5, b'n'), (12, b'c')]),
    Country("LT", &[(16, b'n')]),
    Country("LU", &[(3, b'n'), (13, b'c')]),
    Country("LV", &[(4, b'a'), (13, b'c')]),
    Country("LY", &[(21, b'n')]),
    Country("MC", &[(10, b'n'), (11, b'c'), (2, b'n')]),
    Country("MD", &[(20, b'c')]),
    Country("ME", &[(18, b'n')]),
    Country("MK", &[(3, b'n'), (10, b'c'), (2, b'n')]),
    Country("MN", &[(16, b'n')]),
    Country("MR", &[(23, b'n')]),
    Country("MT", &[(4, b'a'), (5, b'n'), (18, b'c')]),
    Country("MU", &[(4, b'a'), (19, b'n'), (3, b'a')]),
    Country("NI", &[(4, b'a'), (20, b'n')]),
    Country("NL", &[(4, b'a'), (10, b'n')]),
    Country("NO", &[(11, b'n')]),
    Country("OM", &[(3, b'n'), (16, b'c')]),
    Country("PK", &[(4, b'a'), (16, b'c')]),
    Country("PL", &[(24, b'n')]),
    Country("PS", &[(4, b'a'), (21, b'c')]),
    Country("PT", &[(21, b'n')]),
    Country("QA", &[(4, b'a'), (21, b'c')]),
    Country("RO", &[(4, b'a'), (16, b'c')]),
    Country("RS", &[(18, b'n')]),
    Country("RU", &[(14, b'n'), (15, b'c')]),
    Country("SA", &[(2, b'n'), (18, b'c')]),
    Country("SC", &[(4, b'a'), (20, b'n'), (3, b'a')]),
    Country("SD", &[(14, b'n')]),
    Country("SE", &[(20, b'n')]),
    Country("SI", &[(15, b'n')]),
    Country("SK", &[(20, b'n')]),
    Country("SM", &[(1, b'a'), (10, b'n'), (12, b'c')]),
    Country("SO", &[(19, b'n')]),
    Country("ST", &[(21, b'n')]),
    Country("SV", &[(4, b'a'), (20, b'n')]),
    Country("TL", &[(19, b'n')]),
    Country("TN", &[(20, b'n')]),
    Country("TR", &[(6, b'n'), (16, b'c')]),
    Country("UA", &[(6, b'n'), (19, b'c')]),
    Country("VA", &[(18, b'n')]),
    Country("VG", &[(4, b'a'), (16, b'n')]),
    Country("XK", &[(16, b'n')]),
    Country("YE", &[(4, b'a'), (4, b'n'), (18, b'c')]),
];

fn country(code: [u8; 2]) -> Option<&'static Country> {
    REGISTRY
        .binary_search_by(|country| country.0.as_bytes().cmp(&code))
        .ok()
        .map(|place| &REGISTRY[place])
}

/// How many characters the numbers of a country have, by its two capital letters.
pub fn characters(code: [u8; 2]) -> Option<usize> {
    let structure = country(code)?.1;
    Some(4 + structure.iter().map(|(count, _)| count).sum::<usize>())
}

/// Checks a number in electronic form: capital letters and digits, no separators.
///
/// # Errors
///
/// The first rule broken: [`Fault::Alphabet`], [`Fault::Length`] (under four characters),
/// [`Fault::Country`], [`Fault::Length`] (for that country), [`Fault::Structure`],
/// [`Fault::Checksum`].
pub fn check(iban: &[u8]) -> Result<(), Fault> {
    if !iban
        .iter()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return Err(Fault::Alphabet);
    }
    let &[first, second, _, _, ..] = iban else {
        return Err(Fault::Length);
    };
    let Country(_, structure) = country([first, second]).ok_or(Fault::Country)?;
    if characters([first, second]) != Some(iban.len()) {
        return Err(Fault::Length);
    }
    if !iban[2..4].iter().all(u8::is_ascii_digit) || !fits(structure, &iban[4..]) {
        return Err(Fault::Structure);
    }
    // ISO 7064 counts the country and check digits last, letters as 10 to 35.
    let remainder = iban[4..]
        .iter()
        .chain(&iban[..4])
        .fold(0u32, |remainder, byte| {
            if byte.is_ascii_digit() {
                (remainder * 10 + u32::from(byte - b'0')) % 97
            } else {
                (remainder * 100 + u32::from(byte - b'A') + 10) % 97
            }
        });
    // Check digits 00, 01 and 99 can leave the remainder 1 but are never computed (§6.1: 02 to 98).
    let possible = !matches!(&iban[2..4], b"00" | b"01" | b"99");
    if remainder == 1 && possible {
        Ok(())
    } else {
        Err(Fault::Checksum)
    }
}

fn fits(structure: &[(usize, u8)], mut account: &[u8]) -> bool {
    for &(count, kind) in structure {
        let (part, rest) = account.split_at(count);
        let right = match kind {
            b'n' => part.iter().all(u8::is_ascii_digit),
            b'a' => part.iter().all(u8::is_ascii_uppercase),
            _ => true,
        };
        if !right {
            return false;
        }
        account = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The registry's own examples, in its order.
    #[rustfmt::skip]
    static EXAMPLES: &[&str] = &[
        "AD1200012030200359100100", "AE070331234567890123456", "AL47212110090000000235698741",
        "AT611904300234573201", "AZ21NABZ00000000137010001944", "BA391290079401028494",
        "BE68539007547034", "BG80BNBG96611020345678", "BH67BMAG00001299123456",
        "BI4210000100010000332045181", "BR1800360305000010009795493C1",
        "BY13NBRB3600900000002Z00AB00", "CH9300762011623852957", "CR05015202001026284066",
        "CY17002001280000001200527600", "CZ6508000000192000145399", "DE89370400440532013000",
        "DJ2100010000000154000100186", "DK5000400440116243", "DO28BAGR00000001212453611324",
        "EE382200221020145685", "EG380019000500000000263180002", "ES9121000418450200051332",
        "FI2112345600000785", "FK88SC123456789012", "FO6264600001631634",
        "FR1420041010050500013M02606", "GB29NWBK60161331926819", "GE29NB0000000101904917",
        "GI75NWBK000000007099453", "GL8964710001000206", "GR1601101250000000012300695",
        "GT82TRAJ01020000001210029690", "HN88CABF00000000000250005469", "HR1210010051863000160",
        "HU42117730161111101800000000", "IE29AIBK93115212345678", "IL620108000000099999999",
        "IQ98NBIQ850123456789012", "IS140159260076545510730339", "IT60X0542811101000000123456",
        "JO94CBJO0010000000000131000302", "KW81CBKU0000000000001234560101", "KZ86125KZT5004100100",
        "LB62099900000001001901229114", "LC55HEMM000100010012001200023015", "LI21088100002324013AA",
        "LT121000011101001000", "LU280019400644750000", "LV80BANK0000435195001",
        "LY83002048000020100120361", "MC5811222000010123456789030", "MD24AG000225100013104168",
        "ME25505000012345678951", "MK07250120000058984", "MN121234123456789123",
        "MR1300020001010000123456753", "MT84MALT011000012345MTLCAST001S",
        "MU17BOMM0101101030300200000MUR", "NI45BAPR00000013000003558124", "NL91ABNA0417164300",
        "NO9386011117947", "OM810180000001299123456", "PK36SCBL0000001123456702",
        "PL61109010140000071219812874", "PS92PALS000000000400123456702",
        "PT50000201231234567890154", "QA58DOHB00001234567890ABCDEFG", "RO49AAAA1B31007593840000",
        "RS35260005601001611379", "RU0304452522540817810538091310419", "SA0380000000608010167519",
        "SC18SSCB11010000000000001497USD", "SD2129010501234001", "SE4550000000058398257466",
        "SI56263300012039086", "SK3112000000198742637541", "SM86U0322509800000000270100",
        "SO211000001001000100141", "ST23000100010051845310146", "SV62CENR00000000000000700025",
        "TL380080012345678910157", "TN5910006035183598478831", "TR330006100519786457841326",
        "UA213223130000026007233566001", "VA59001123000012345678", "VG96VPVG0000012345678901",
        "XK051212012345678906", "YE15CBYE0001018861234567891234",
    ];

    #[test]
    fn the_example_of_every_country_passes() {
        assert_eq!(EXAMPLES.len(), REGISTRY.len());
        for (Country(code, _), example) in REGISTRY.iter().zip(EXAMPLES) {
            assert!(example.starts_with(code), "{example}");
            assert!(example.len() <= MAX_CHARACTERS, "{example}");
            assert_eq!(check(example.as_bytes()), Ok(()), "{example}");
        }
    }

    #[test]
    fn the_registry_is_in_order_so_that_it_can_be_searched() {
        assert!(REGISTRY.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn each_broken_rule_is_named() {
        for (iban, fault) in [
            ("gb29NWBK60161331926819", Fault::Alphabet),
            ("GB2", Fault::Length),
            ("AB150120690000003111141", Fault::Country),
            ("GB29NWBK6016133192681", Fault::Length),
            ("GB29NWBK601613319268190", Fault::Length),
            ("GB291WBK60161331926819", Fault::Structure),
            ("GBA9NWBK60161331926819", Fault::Structure),
            ("GB29NWBK60161331926818", Fault::Checksum),
        ] {
            assert_eq!(check(iban.as_bytes()), Err(fault), "{iban}");
        }
    }

    #[test]
    fn check_digits_outside_02_to_98_do_not_pass_though_the_remainder_is_right() {
        // 97 more than 02 reads 99 and leaves the same remainder.
        let twin = (0..100_000_u32).find_map(|account| {
            let iban = format!("DE02{:018}", u64::from(account));
            check(iban.as_bytes()).is_ok().then_some(iban)
        });
        let twin = twin.expect("one account in 97 has the check digits 02");
        let altered = twin.replacen("DE02", "DE99", 1);
        assert_eq!(check(altered.as_bytes()), Err(Fault::Checksum));
    }
}
