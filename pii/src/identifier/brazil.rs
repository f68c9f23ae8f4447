//! Identifiers issued in Brazil.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, number, weighted},
    weights::{complement_follows, follows, multiple},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "BR_CPF",
        title: "Brazilian taxpayer number of a person (CPF)",
        country: "BR",
        kind: Kind::National,
        source: "Receita Federal, IN RFB 2172/2024: two check digits, modulus 11",
        context: &[
            "cpf",
            "cadastro",
            "pessoa",
            "física",
            "contribuinte",
            "documento",
        ],
        check: Some(cpf),
        forms: &[
            form("br-cpf-dotted", "ddd.ddd.ddd-dd", 80),
            form("br-cpf", "ddd~ddd~ddd~dd", 35),
        ],
    },
    Identifier {
        entity: "BR_CNPJ",
        title: "Brazilian number of a company (CNPJ)",
        country: "BR",
        kind: Kind::Company,
        source: "Receita Federal, IN RFB 2229/2024 and Nota Técnica COCAD 49/2024: letters from July 2026; two check digits, modulus 11",
        context: &["cnpj", "cadastro", "jurídica", "empresa"],
        check: Some(cnpj),
        forms: &[
            form("br-cnpj-printed", "xx.xxx.xxx/xxxx-dd", 85),
            form("br-cnpj", "d{14}", 35),
            form("br-cnpj-letters", "x{12}dd", 20),
        ],
    },
    Identifier {
        entity: "BR_CNH",
        title: "Brazilian driver's licence (CNH)",
        country: "BR",
        kind: Kind::Licence,
        source: "CONTRAN, Resolução 886/2021: two check digits, modulus 11",
        context: &[
            "cnh",
            "habilitação",
            "carteira",
            "motorista",
            "condutor",
            "licença",
        ],
        check: Some(cnh),
        forms: &[form("br-cnh", "d{11}", 30)],
    },
    Identifier {
        entity: "BR_PIS",
        title: "Brazilian worker's number (PIS, PASEP, NIS, NIT)",
        country: "BR",
        kind: Kind::National,
        source: "Caixa Econômica Federal, Cadastro NIS: weights 3, 2, 9 to 2, modulus 11",
        context: &["pis", "pasep", "nis", "nit", "trabalhador"],
        check: Some(pis),
        forms: &[
            form("br-pis-dotted", "ddd.ddddd.dd-d", 45),
            form("br-pis", "d{11}", 12),
        ],
    },
    Identifier {
        entity: "BR_RENAVAM",
        title: "Brazilian vehicle registration number (RENAVAM)",
        country: "BR",
        kind: Kind::Vehicle,
        source: "DENATRAN, Portaria 27/2013: eleven digits, modulus 11",
        context: &["renavam", "veículo", "veiculo", "registro"],
        check: Some(pis),
        forms: &[form("br-renavam", "d{10}?d", 12)],
    },
    Identifier {
        entity: "BR_CNS",
        title: "Brazilian health card (Cartão Nacional de Saúde)",
        country: "BR",
        kind: Kind::Health,
        source: "Ministério da Saúde, DATASUS: fifteen digits, weights 15 to 1, modulus 11",
        context: &["cns", "sus", "saúde", "saude", "cartão"],
        check: Some(cns),
        forms: &[
            form("br-cns-spaced", "[127-9]dd dddd dddd dddd", 40),
            form("br-cns", "[127-9]d{14}", 20),
        ],
    },
    Identifier {
        entity: "BR_VOTER",
        title: "Brazilian voter registration (título de eleitor)",
        country: "BR",
        kind: Kind::National,
        source: "TSE, Resolução 23.659/2021: state and two check digits, modulus 11",
        context: &["título", "titulo", "eleitor", "eleitoral", "tse"],
        check: Some(voter),
        forms: &[
            form("br-voter-spaced", "dddd dddd dddd", 35),
            form("br-voter", "d{12}", 30),
        ],
    },
    Identifier {
        entity: "BR_RG",
        title: "Brazilian identity card (RG)",
        country: "BR",
        kind: Kind::National,
        source: "Lei 7.116/1983: a number of each state, here as São Paulo and others print it; form only",
        context: &["rg", "registro", "geral", "identidade"],
        check: None,
        forms: &[
            form("br-rg-dotted", "dd.ddd.ddd-[0-9X]", 35),
            form("br-rg", "d{8}[0-9X]", 5),
        ],
    },
    Identifier {
        entity: "BR_VEHICLE_REGISTRATION",
        title: "Brazilian number plate",
        country: "BR",
        kind: Kind::Vehicle,
        source: "CONTRAN, Resolução 969/2022: three letters and four digits, or the Mercosul plate with a letter for the second digit; form only",
        context: &["placa", "placas", "veículo", "veiculo", "carro"],
        check: None,
        forms: &[
            form("br-vehicle-registration-dashed", "lll-dddd", 25),
            form("br-vehicle-registration-mercosul", "llldldd", 20),
            form("br-vehicle-registration", "llldddd", 5),
        ],
    },
];

/// Numbers of one digit repeated pass the checksum and are never issued.
fn repeated(text: &[u8]) -> bool {
    text.iter().all(|byte| Some(byte) == text.first())
}

fn cpf(digits: &[u8]) -> Result<(), Fault> {
    if repeated(digits) {
        return Err(Fault::NeverIssued);
    }
    complement_follows(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2], 11)?;
    complement_follows(digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 11)
}

/// A letter counts as its ASCII code less 48, so A is 17.
fn cnpj(text: &[u8]) -> Result<(), Fault> {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    if text.starts_with(b"000000000000") {
        return Err(Fault::NeverIssued);
    }
    for length in [12, 13] {
        let sum: u32 = text
            .iter()
            .take(length)
            .zip(&WEIGHTS[13 - length..])
            .map(|(byte, weight)| u32::from(byte.saturating_sub(b'0')) * weight)
            .sum();
        follows(text, length, Some((11 - sum % 11) % 11))?;
    }
    Ok(())
}

/// When the first remainder is ten it is written as zero and two is taken off the second one.
fn cnh(digits: &[u8]) -> Result<(), Fault> {
    if repeated(digits) {
        return Err(Fault::NeverIssued);
    }
    let first = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]).map(|sum| sum % 11);
    let second = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).map(|sum| sum % 11);
    follows(digits, 9, first)?;
    match (first, second) {
        (Some(10), Some(rest @ 2..=9)) => follows(digits, 10, Some(rest - 2)),
        // What is written for zero, one and ten less two is told differently: any digit will do.
        (Some(10), Some(_)) => Ok(()),
        _ => follows(digits, 10, second),
    }
}

fn pis(digits: &[u8]) -> Result<(), Fault> {
    if repeated(digits) {
        return Err(Fault::NeverIssued);
    }
    complement_follows(digits, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 11)
}

fn cns(digits: &[u8]) -> Result<(), Fault> {
    multiple(
        digits,
        &[15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
        11,
    )
}

/// São Paulo (01) and Minas Gerais (02) write one where the others write zero.
fn voter(digits: &[u8]) -> Result<(), Fault> {
    let state = number(digits, 8, 10).filter(|state| (1..=28).contains(state));
    let Some(state) = state else {
        return Err(Fault::Area);
    };
    let written = |sum: Option<u32>| match sum.map(|sum| sum % 11) {
        Some(0) if state < 3 => Some(1),
        rest => rest,
    };
    let first = written(weighted(digits, &[2, 3, 4, 5, 6, 7, 8, 9]));
    follows(digits, 10, first)?;
    let tail = digits.get(8..).unwrap_or_default();
    let second = written(weighted(tail, &[7, 8, 9]));
    checksum(second.map(|rest| rest % 10) == digit(digits, 11))
}
