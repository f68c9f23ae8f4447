//! Georgia.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "GE_PERSONAL_NUMBER",
        title: "Georgian personal number",
        country: "GE",
        kind: Kind::National,
        source: "Public Service Development Agency: eleven digits, no published check",
        context: &["identity", "national", "პირადი", "piradi"],
        check: None,
        forms: &[form("ge-personal-number", "d{11}", 5)],
    },
    Identifier {
        entity: "GE_TAX_NUMBER",
        title: "Georgian identification code of an organisation",
        country: "GE",
        kind: Kind::Tax,
        source: "Revenue Service: nine digits, no published check",
        context: &["tax", "tin", "taxpayer", "საიდენტიფიკაციო", "კოდი"],
        check: None,
        forms: &[form("ge-tax-number", "d{9}", 5)],
    },
    Identifier {
        entity: "GE_PASSPORT",
        title: "Georgian passport number",
        country: "GE",
        kind: Kind::Document,
        source: "Two digits, two letters, five digits",
        context: &["passport*", "პასპორტი", "პასპორტის"],
        check: None,
        forms: &[form("ge-passport", "dd[A-Z]{2}d{5}", 12)],
    },
    Identifier {
        entity: "GE_VEHICLE_REGISTRATION",
        title: "Georgian vehicle registration",
        country: "GE",
        kind: Kind::Vehicle,
        source: "Two letters, three digits, two letters",
        context: &["plate*", "registration", "vehicle", "car", "მანქანა"],
        check: None,
        forms: &[form("ge-plate", "[A-Z]{2}-ddd-[A-Z]{2}", 25)],
    },
];
