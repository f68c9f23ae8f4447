//! Armenia.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AM_PUBLIC_SERVICE_NUMBER",
        title: "Armenian public service number (ՀԾՀ)",
        country: "AM",
        kind: Kind::National,
        source: "Law on public service numbers: ten digits; no check verified here",
        context: &[
            "social",
            "security",
            "insurance",
            "հծհ",
            "հանրային",
            "սոցիալական",
        ],
        check: None,
        forms: &[form("am-public-service-number", "d{10}", 5)],
    },
    Identifier {
        entity: "AM_TIN",
        title: "Armenian taxpayer number (ՀՎՀՀ)",
        country: "AM",
        kind: Kind::Tax,
        source: "State Revenue Committee: eight digits; no check verified here",
        context: &["tax", "tin", "taxpayer", "հվհհ", "հարկ"],
        check: None,
        forms: &[form("am-tin", "d{8}", 5)],
    },
    Identifier {
        entity: "AM_PASSPORT",
        title: "Armenian passport number",
        country: "AM",
        kind: Kind::Document,
        source: "Two letters and seven digits",
        context: &["passport*", "անձնագիր", "անձնագրի"],
        check: None,
        forms: &[form("am-passport", "[A-Z]{2}~d{7}", 12)],
    },
    Identifier {
        entity: "AM_VEHICLE_REGISTRATION",
        title: "Armenian vehicle registration",
        country: "AM",
        kind: Kind::Vehicle,
        source: "Two or three digits, two letters, two or three digits",
        context: &["plate*", "համարանիշ", "մեքենա"],
        check: None,
        forms: &[form("am-plate", "d{2,3} [A-Z]{2} d{2,3}", 10)],
    },
];
