use proptest::prelude::*;

use super::*;

const RECIPE: &str = r#"format = "csv"
default = "drop"
subject = "id"
[fields]
id = { action = "pseudonymize", entity = "PATIENT_ID" }
name = { action = "placeholder", label = "PERSON" }
card = { action = "mask", keep_last = 4 }
born = { action = "shift_date", days = 30 }
note = "redact"
city = "keep"
"#;

#[test]
fn each_column_gets_its_action_and_the_others_are_left_out() {
    let input = "id,name,age,card,born,note,city\n\
                 1,Jo,37,4111111111111111,2021-02-03,mail jo@example.com,Rome\n\
                 2,Al,40,5555555555554444,2021-02-03,,\"Paris, FR\"\n\
                 1,Jo,37,4111111111111111,2021-03-05,none,Rome\n";
    let made = made(RECIPE, input.as_bytes());
    let summary = made.end.unwrap();
    assert_eq!((summary.written, summary.skipped), (3, 0));
    assert_eq!(summary.classes.strictest(), Some(Class::Plaintext));
    assert!(summary.classes.contains(Class::Pseudonym) && !summary.classes.contains(Class::Token));
    let lines: Vec<Vec<&str>> = made
        .text
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(lines[0], ["id", "name", "card", "born", "note", "city"]);
    assert!(lines[1][0].starts_with("vp1.PATIENT_ID.k1.") && lines[1][0] == lines[3][0]);
    assert_ne!(lines[1][0], lines[2][0]);
    assert_eq!(lines[1][1..3], ["PERSON_1", "************1111"]);
    assert_eq!(lines[1][4..], ["mail <EMAIL_ADDRESS>", "Rome"]);
    assert_eq!(lines[2][1..3], ["PERSON_2", "************4444"]);
    assert_eq!(lines[2][4..], ["", "\"Paris", " FR\""]);
    // Thirty days between the dates of a subject stay thirty days.
    let month = |line: usize| lines[line][3][5..7].parse::<u32>().unwrap();
    assert_ne!(lines[1][3], "2021-02-03");
    assert!((1..=2).contains(&(month(3) + 12 - month(1)).rem_euclid(12)));
}

const ALL: &str = "format='csv'\ndefault='refuse'\n[fields]\na='keep'\nb='keep'\n";
const MASK: &str = "format='csv'\ndefault='drop'\n[fields]\nb={action='mask'}\na='keep'\n";

#[test]
fn quotes_line_ends_and_a_mark_stay_as_they_were() {
    for input in [
        "a,b\n1,2\n",
        "a,b\r\n1,2\r\n",
        "a,b\n1,2",
        "\"a\",b\n\"1\",2\n",
        "a,\"b\"\n1,\"say \"\"hi\"\"\"\n",
        "a,b\n\"x\ny\",\"\"\n,\n",
        "\u{feff}a,b\n1,2\n",
        "a,b\n",
    ] {
        assert_eq!(text(ALL, input), input);
    }
    // Without quotes before, with them where they are needed.
    assert_eq!(text(MASK, "a,b\n1,\"x,y\"\n"), "a,b\n1,\"***\"\n");
    let replace = "format='csv'\ndefault='drop'\n[fields]\na={action='replace',with='x,\"y\"'}\n";
    assert_eq!(text(replace, "a,b\n1,2\n"), "a\n\"x,\"\"y\"\"\"\n");
    let empty = "format='csv'\ndefault='drop'\n[fields]\na={action='replace',with=''}\n";
    assert_eq!(text(empty, "a,b\n1,2\n"), "a\n\"\"\n");
}

#[test]
fn a_table_without_a_header_or_with_another_delimiter_is_read() {
    let bare = "format='csv'\ndefault='drop'\nheader=false\ndelimiter=';'\n[fields]\n1='keep'\n3={action='mask'}\n";
    assert_eq!(text(bare, "a;b;c\nd;e;f\n"), "a;*\nd;*\n");
    assert_eq!(fault(bare, b"a;b\n"), ("column_missing 3".to_owned(), 0, 1));
    let zero = bare.replace("1=", "0=");
    assert_eq!(
        fault(&zero, b"a;b;c\n"),
        ("column_missing 0".to_owned(), 0, 1)
    );
    let padded = bare.replace("1=", "01=");
    assert_eq!(
        fault(&padded, b"a;b;c\n"),
        ("column_missing 01".to_owned(), 0, 1)
    );
}

#[test]
fn columns_of_the_recipe_must_be_there_once() {
    assert_eq!(fault(ALL, b"a,c\n"), ("column_missing b".to_owned(), 0, 1));
    assert_eq!(fault(ALL, b"").0.trim_end(), "no_header");
    assert_eq!(
        fault(ALL, b"a,b,a\n"),
        ("column_ambiguous a".to_owned(), 0, 1)
    );
    let error = made(ALL, b"a,b,c\n").end.unwrap_err();
    assert_eq!(
        (error.code(), error.column, error.field),
        ("field_unlisted", Some(3), None)
    );
    let subject = MASK.replace("[fields]", "subject='id'\n[fields]");
    assert_eq!(
        fault(&subject, b"a,b\n"),
        ("column_missing id".to_owned(), 0, 1)
    );
    let wide = "a,".repeat(MAX_COLUMNS) + "b\n";
    assert_eq!(
        fault(ALL, wide.as_bytes()),
        ("too_many_columns ".to_owned(), 0, 1)
    );
}

#[test]
fn rows_that_fail_are_told_by_number_line_and_code_and_the_rest_goes_on() {
    let toml = "format='csv'\ndefault='drop'\n[fields]\na={action='bucket',width=10}\nb='keep'\n";
    let input = b"a,b\n11,\"x\ny\"\nsecret,2\n\n33\n44,4,5\n55,5\n\xff,6\n";
    let made = skipped(toml, input);
    let summary = made.end.unwrap();
    assert_eq!((summary.written, summary.skipped), (2, 4));
    assert_eq!(made.text, "a,b\n10,\"x\ny\"\n50,5\n");
    assert_eq!(
        made.told,
        "{\"row\":2,\"line\":4,\"code\":\"not_a_number\",\"field\":\"a\"}\n\
         {\"row\":3,\"line\":6,\"code\":\"row_width\"}\n\
         {\"row\":4,\"line\":7,\"code\":\"row_width\"}\n\
         {\"row\":6,\"line\":9,\"code\":\"not_utf8\",\"field\":\"a\"}\n"
    );
    let stopped = self::made(toml, input);
    assert_eq!(stopped.text, "a,b\n10,\"x\ny\"\n");
    let error = stopped.end.unwrap_err();
    assert_eq!(
        (error.row, error.line, error.code()),
        (2, 4, "not_a_number")
    );
    assert!(!error.to_string().contains("secret"));
}

#[test]
fn quotes_that_are_never_closed_swallow_no_rows() {
    let toml = "format='csv'\ndefault='drop'\n[fields]\nid='keep'\nnote='keep'\n";
    let input = b"id,ssn,note\n1,secret,fine\n2,secret,\"open\n3,secret,fine\n4,secret,fine\n";
    let made = skipped(toml, input);
    assert_eq!(made.text, "id,note\n1,fine\n");
    let told = "{\"row\":2,\"line\":3,\"code\":\"quotes_unclosed\"}\n";
    assert_eq!(made.told, told);
    assert_eq!(fault(toml, input), ("quotes_unclosed ".to_owned(), 2, 3));
    // As the last byte of the input, quotes that close are no others.
    assert_eq!(
        text(toml, "id,ssn,note\n1,secret,\"fine\""),
        "id,note\n1,\"fine\""
    );
    assert_eq!(
        fault(toml, b"id,ssn,\"note"),
        ("quotes_unclosed ".to_owned(), 0, 1)
    );
}

#[test]
fn a_row_over_the_limit_is_read_over_with_its_number() {
    let long = "x".repeat(MAX_RECORD_BYTES);
    let input = format!("a,b\n1,2\n{long},3\n4,5\n");
    let made = skipped(ALL, input.as_bytes());
    assert_eq!(made.text, "a,b\n1,2\n4,5\n");
    assert_eq!(
        made.told,
        "{\"row\":2,\"line\":3,\"code\":\"record_too_long\"}\n"
    );
    // The longest row: all but one comma and the line's end.
    let fits = format!("a,b\n{},\n", &long[2..]);
    assert_eq!(text(ALL, &fits), fits);
    let over = format!("a,b\n{},\n", &long[1..]);
    assert_eq!(
        fault(ALL, over.as_bytes()),
        ("record_too_long ".to_owned(), 1, 2)
    );
    // A quote that is never closed takes in the rest, and no more than one record of memory.
    let open = format!("a,b\n\"1,2\n{long}");
    assert_eq!(
        fault(ALL, open.as_bytes()),
        ("record_too_long ".to_owned(), 1, 2)
    );
    assert_eq!(
        fault(ALL, long.repeat(2).as_bytes()),
        ("record_too_long ".to_owned(), 0, 1)
    );
}

#[test]
fn a_dropped_table_has_no_rows() {
    let none = "format='csv'\ndefault='drop'\n[fields]\na='drop'\n";
    assert_eq!(text(none, "a,b\n1,2\n"), "");
}

fn table() -> impl Strategy<Value = Vec<[String; 2]>> {
    let field = || prop_oneof!["[a-z0-9]{0,4}", "[a\",\r\n \u{e9}]{0,5}"];
    proptest::collection::vec([field(), field()], 0..8)
}

fn written(rows: &[[String; 2]], always: bool, crlf: bool) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new()
        .quote_style(if always {
            ::csv::QuoteStyle::Always
        } else {
            ::csv::QuoteStyle::Necessary
        })
        .terminator(if crlf {
            ::csv::Terminator::CRLF
        } else {
            ::csv::Terminator::Any(b'\n')
        })
        .from_writer(Vec::new());
    writer.write_record(["a", "b"]).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

fn parsed(text: &[u8]) -> Vec<::csv::ByteRecord> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    reader.byte_records().collect::<Result<_, _>>().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keeping_all_columns_is_the_same_table_to_the_byte(rows in table(), always: bool, crlf: bool) {
        let input = written(&rows, always, crlf);
        let made = made(ALL, &input);
        prop_assert_eq!(made.end.unwrap().written, rows.len() as u64);
        prop_assert_eq!(made.text.as_bytes(), &input[..]);
        prop_assert_eq!(parsed(made.text.as_bytes()).len(), rows.len() + 1);
    }

    #[test]
    fn a_table_in_pieces_is_the_same_table(
        rows in table(), noise in "[a1\",\r\n\u{feff}]{0,24}", pieces in proptest::collection::vec(1_usize..9, 1..4),
        mark: bool,
    ) {
        let mark = if mark { "\u{feff}" } else { "" };
        for input in [
            [mark.as_bytes(), &written(&rows, false, true)].concat(),
            format!("{mark}a,b\n{noise}").into_bytes(),
        ] {
            let recipe = recipe(MASK);
            let whole = run(&recipe, &mut &input[..], true);
            let pieces = in_pieces(&recipe, &input, pieces.clone());
            prop_assert_eq!((&whole.text, &whole.told), (&pieces.text, &pieces.told));
            prop_assert_eq!(whole.end, pieces.end);
        }
    }

    #[test]
    fn what_is_no_table_is_read_as_the_crate_csv_reads_it(noise in "[a1\",\r\n;]{0,40}") {
        let input = format!("a,b\n{noise}");
        let made = skipped(ALL, input.as_bytes());
        let rows = parsed(input.as_bytes());
        // A line more stands by itself, unless the quotes before it are still open.
        let longer = parsed(format!("{input}\nEND").as_bytes());
        let is_open = longer.last().is_none_or(|last| last != ["END"][..]);
        let whole = rows.len() - usize::from(is_open);
        let is_fit = |(index, row): &(usize, _)| *index < whole && ::csv::ByteRecord::len(row) == 2;
        let (fit, unfit): (Vec<_>, Vec<_>) = rows.into_iter().enumerate().partition(is_fit);
        let fit: Vec<_> = fit.into_iter().map(|(_, row)| row).collect();
        prop_assert_eq!(parsed(made.text.as_bytes()), fit);
        prop_assert_eq!(made.told.lines().count(), unfit.len());
    }
}

#[test]
fn the_name_of_a_column_announces_what_stands_in_it() {
    let toml = "format='csv'\ndefault='drop'\n[fields]\nssn='redact'\nnote='redact'";
    assert_eq!(
        text(toml, "ssn,note\n078051123,078051123\n"),
        "ssn,note\n<US_SSN>,078051123\n"
    );
}
