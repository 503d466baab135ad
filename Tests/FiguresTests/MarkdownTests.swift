import Figures
import Foundation
import Testing

/// Prose in Markdown, as it stands in the page.
@Suite struct MarkdownTests {
  private func page(_ source: String) -> String {
    var report = Report(title: "t")
    report.section("") { $0.markdown(source) }
    return report.html
  }

  @Test(arguments: [
    ("one\ntwo", "<p>one two</p>"),
    ("one\n\ntwo", "<p>one</p><p>two</p>"),
    ("**a** and *b*", "<p><strong>a</strong> and <em>b</em></p>"),
    ("`a < *b*`", "<p><code>a &lt; *b*</code></p>"),
    ("[a `b`](c?d=1&e=2)", "<p><a href=\"c?d=1&amp;e=2\">a <code>b</code></a></p>"),
    ("### x\ntext", "<h3>x</h3><p>text</p>"),
    ("###### x", "<h4>x</h4>"),
    ("- a\n  more\n- b", "<ul><li>a more</li><li>b</li></ul>"),
    ("1. a\n2. b\n\nc", "<ol><li>a</li><li>b</li></ol><p>c</p>"),
    ("```swift\nlet a = \"<\"\n\nb\n```", "<pre>let a = \"&lt;\"\n\nb</pre>"),
    ("x\n\n    y = 1\n\n    z\n\nw", "<p>x</p><pre>y = 1\n\nz</pre><p>w</p>"),
    // What is not closed, and what only looks like a mark, stays as it is.
    ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
    ("**open", "<p>**open</p>"),
    ("`open", "<p>`open</p>"),
    ("[a] (b)", "<p>[a] (b)</p>"),
    ("####### seven", "<p>####### seven</p>"),
    ("-minus", "<p>-minus</p>"),
    ("| no table", "<p>| no table</p>"),
    ("```\nno end", "<pre>no end</pre>"),
    ("<script>", "<p>&lt;script&gt;</p>"),
  ])
  func sources(source: String, expected: String) {
    let found = page(source).replacing("\n<", with: "<")
    #expect(found.contains(expected), "\(found.components(separatedBy: "<main>").last ?? "")")
  }

  @Test func tables() {
    let found = page("| a | b |\n|---|--:|\n| `x` | 1 |\nafter").replacing("\n", with: "")
    #expect(
      found.contains(
        "<thead><tr><th>a</th><th class=\"number\">b</th></tr></thead>"
          + "<tbody><tr><td><code>x</code></td><td class=\"number\">1</td></tr></tbody>"))
    #expect(found.contains("<p>after</p>"))
  }

  @Test func outputIsToldApartFromCode() {
    var report = Report(title: "t")
    report.section("") { page in
      page.code("a")
      page.output("\nb & c")
    }
    #expect(report.html.contains("<pre>a</pre>"))
    #expect(report.html.contains("<pre class=\"output\">\n\nb &amp; c</pre>"))
    #expect(!report.html.contains("<h2>"))
  }
}
