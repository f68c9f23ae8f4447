//! What the manual and `--help` show is what happens.

use std::path::Path;
use std::process::Command;

use super::{Value, fs, stdout, vouchsafe};

/// Runs a line in a shell that finds the program, and says what it printed and how it ended.
fn shell(folder: &Path, line: &str) -> (String, bool) {
    let program = Path::new(env!("CARGO_BIN_EXE_vouchsafe"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let output = Command::new("sh")
        .current_dir(folder)
        .env("PATH", path)
        .args(["-c", &format!("{{ {line}\n}} 2>&1")])
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.success(),
    )
}

/// Lines of JSON say the same in any order of their members.
fn read(text: &str) -> Vec<Result<Value, &str>> {
    let read = |line| serde_json::from_str(line).map_err(|_| line);
    text.lines().map(read).collect()
}

/// Runs what stands after `$ ` in the blocks of `manual` and compares what follows it. Blocks of TOML with
/// a name are the files of that name.
fn run(manual: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for block in manual.split("```toml ").skip(1) {
        let (name, rest) = block.split_once('\n').unwrap();
        let content = rest.split("```\n").next().unwrap();
        fs::write(folder.path().join(name), content).unwrap();
    }
    let mut count = 0;
    for block in manual.split("```console\n").skip(1) {
        let block = block.split("```\n").next().unwrap();
        for example in block.split("$ ").skip(1) {
            let (line, expected) = example.split_once('\n').unwrap();
            let (printed, _) = shell(folder.path(), line);
            assert_eq!(read(&printed), read(expected), "{line}");
            count += 1;
        }
    }
    count
}

#[test]
fn the_examples_of_the_command_line_print_what_they_show() {
    assert_eq!(run(include_str!("../../../docs/CLI.md")), 21);
}

#[test]
fn the_examples_of_detection_print_what_they_show() {
    assert_eq!(run(include_str!("../../../docs/DETECT.md")), 31);
}

#[test]
fn the_examples_of_operations_print_what_they_show() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations");
    let pages = fs::read_dir(pages).unwrap();
    let pages = pages.map(|page| fs::read_to_string(page.unwrap().path()).unwrap());
    let examples: Vec<usize> = pages.map(|page| run(&page)).collect();
    assert_eq!((examples.len(), examples.iter().sum()), (21, 23));
}

#[test]
fn the_examples_of_recipes_print_what_they_show() {
    assert_eq!(run(include_str!("../../../docs/RECIPES.md")), 15);
}

#[test]
fn the_examples_of_help_run() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["notes.txt", "accounts.txt", "numbers.txt"] {
        fs::write(folder.path().join(name), "078-05-1123\n").unwrap();
    }
    let recipe = "format = 'csv'\ndefault = 'drop'\n[fields]\nid = 'keep'\n";
    fs::write(folder.path().join("recipe.toml"), recipe).unwrap();
    fs::write(folder.path().join("customers.csv"), "id,name\n1,Jo\n").unwrap();
    let line = format!("umask 077; echo {} > root.key", "55".repeat(32));
    assert_eq!(shell(folder.path(), &line), (String::new(), true));
    for command in ["detect", "redact", "transform", "validate", "entities"] {
        let help = vouchsafe(&[command, "--help"], b"");
        let (_, examples) = stdout(&help).split_once("Examples:\n").unwrap();
        let examples = examples.replace("\\\n", "");
        assert!(examples.lines().count() >= 2, "{command}");
        for line in examples.lines() {
            let (printed, is_done) = shell(folder.path(), line);
            assert!(is_done, "{line}: {printed}");
        }
    }
}
