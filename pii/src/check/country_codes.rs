//! The two-letter codes of countries, ISO 3166-1.

/// All that are assigned, in the order of the alphabet.
const ASSIGNED: &[u8] = b"\
ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ\
CACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFR\
GAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP\
KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMT\
MUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURW\
SASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ\
UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

/// Whether two capital letters are the code of a country.
pub(crate) fn is_assigned(code: &[u8]) -> bool {
    ASSIGNED.chunks_exact(2).any(|assigned| assigned == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assigned_code_is_known_and_no_other() {
        assert_eq!(ASSIGNED.len(), 2 * 249);
        assert!(ASSIGNED.chunks_exact(2).is_sorted());
        assert!(is_assigned(b"AD") && is_assigned(b"ZW") && is_assigned(b"SS"));
        for code in [&b"XK"[..], b"EU", b"UK", b"ZZ", b"de", b"D", b""] {
            assert!(!is_assigned(code));
        }
    }
}
