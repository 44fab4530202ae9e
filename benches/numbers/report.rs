//! Tables, as Markdown.

/// Begins a table.
pub(crate) fn table(title: &str, columns: &[&str]) {
    println!("\n### {title}\n");
    println!("| {} |", columns.join(" | "));
    println!("|{}", " --- |".repeat(columns.len()));
}

/// A row of it.
pub(crate) fn row(cells: &[&str]) {
    println!("| {} |", cells.join(" | "));
}

/// A word beside the tables.
pub(crate) fn note(text: &str) {
    eprintln!("  {text}");
}
