/// Colours and type of every figure and report, for light and for dark screens.
///
/// The colours of curves and bars differ in lightness as well as in hue, so that they can be told
/// apart with any kind of colour blindness and in a grey print; from the third on, curves are also
/// dashed. Hues after Okabe and Ito, "Color Universal Design" (2008), darkened or lightened until
/// each has a contrast of at least 3 with its background.
enum Theme {
  /// Curves and bars on white, and the same on dark; then both paler, for raw values behind a
  /// smoothed curve. (Pale colours and not transparency, because a dense zigzag covers itself.)
  static let series: [(light: String, dark: String, paleLight: String, paleDark: String)] = [
    ("#0068a8", "#5ab4f0", "#a9cce4", "#2a4a61"), ("#d04a00", "#ff8f52", "#f3c3a8", "#66412e"),
    ("#00805c", "#38c795", "#a8d6c8", "#205242"), ("#a03c84", "#e59bd0", "#dcb9d2", "#5d4557"),
    ("#8a6500", "#e8c248", "#d8c8a0", "#5e522b"), ("#50575f", "#b4bcc6", "#c3c7cb", "#4c5157"),
  ]

  static let dashes = ["", "", "7 3", "2 3", "9 3 2 3", "4 4"]

  private static let light = (
    paper: "#ffffff", ink: "#1b1f24", soft: "#59626c", rule: "#dfe3e8", panel: "#f5f7f9",
    onHeat: "#ffffff"
  )
  private static let dark = (
    paper: "#14171b", ink: "#e8ebee", soft: "#a2abb5", rule: "#343a42", panel: "#1d2126",
    onHeat: "#0c1116"
  )

  static let fonts =
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', sans-serif"

  /// The style sheet of drawings.
  static let figureStyle: String = {
    var css = """

      .figure { font-family: \(fonts); font-size: 12px; font-variant-numeric: tabular-nums; }
      .figure .title { font-size: 14px; font-weight: 600; }
      .figure .small { font-size: 10.5px; }
      .figure .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
      .figure .faint { stroke-width: 1; }
      .figure .grid { stroke-width: 1; }
      .figure .mark { stroke-width: 1; stroke-dasharray: 4 3; }
      .figure .whisker { stroke-width: 1.5; fill: none; }
      .figure .pixels { image-rendering: pixelated; }

      """
    for (place, dash) in dashes.enumerated() where !dash.isEmpty {
      css += ".figure .dash\(place) { stroke-dasharray: \(dash); }\n"
    }
    css += rules(light, series.map(\.light), pale: series.map(\.paleLight))
    css += "@media screen and (prefers-color-scheme: dark) {\n"
    css += rules(dark, series.map(\.dark), pale: series.map(\.paleDark))
    css += "}\n"
    return css
  }()

  private typealias Colors = (
    paper: String, ink: String, soft: String, rule: String, panel: String, onHeat: String
  )

  private static func rules(_ colors: Colors, _ series: [String], pale: [String]) -> String {
    var css = """
      .figure .paper { fill: \(colors.paper); }
      .figure text { fill: \(colors.ink); }
      .figure text.soft { fill: \(colors.soft); }
      .figure text.on-heat { fill: \(colors.onHeat); }
      .figure .grid { stroke: \(colors.rule); }
      .figure .mark { stroke: \(colors.soft); }
      .figure .whisker { stroke: \(colors.ink); }
      .figure .heat { fill: \(series[0]); }
      .figure .empty { fill: \(colors.panel); }

      """
    for (place, color) in series.enumerated() {
      css += ".figure .stroke\(place) { stroke: \(color); }\n"
      css += ".figure .fill\(place) { fill: \(color); }\n"
      css += ".figure .pale\(place) { stroke: \(pale[place]); }\n"
    }
    return css
  }

  /// The style sheet of report pages, drawings apart.
  static let pageStyle: String = """

    :root { color-scheme: light dark; }
    * { box-sizing: border-box; }
    body { margin: 0; background: \(light.paper); color: \(light.ink); font: 16px/1.55 \(fonts); }
    main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
    header { border-bottom: 1px solid \(light.rule); margin-bottom: 1.5rem; }
    h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.25rem; }
    h2 { font-size: 1.25rem; margin: 2.25rem 0 0.75rem; }
    h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
    p { margin: 0 0 0.75rem; max-width: 44rem; overflow-wrap: break-word; }
    .lead, figcaption, caption, dt, footer { color: \(light.soft); }
    figure { margin: 0 0 1.5rem; }
    figcaption { font-size: 0.875rem; margin-top: 0.4rem; max-width: 44rem; }
    svg.figure { display: block; width: 100%; height: auto; overflow: visible; }
    .row { display: grid; gap: 0 2rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
    .wide { overflow-x: auto; margin: 0 0 1.5rem; }
    table { border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; font-size: 0.875rem; padding-bottom: 0.4rem; }
    th, td { text-align: left; vertical-align: top; padding: 0.35rem 1.25rem 0.35rem 0;
      border-bottom: 1px solid \(light.rule); }
    th { font-weight: 600; white-space: nowrap; }
    th.number, td.number { text-align: right; white-space: nowrap; }
    dl.values { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.5rem;
      margin: 0 0 1.5rem; font-variant-numeric: tabular-nums; }
    dl.values dd { margin: 0; overflow-wrap: anywhere; }
    dl.highlights { display: grid; gap: 0.75rem; margin: 0 0 1.5rem;
      grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
    dl.highlights div { background: \(light.panel); border-radius: 8px; padding: 0.7rem 0.9rem; }
    dl.highlights dt { font-size: 0.875rem; }
    dl.highlights dd { margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.3;
      font-variant-numeric: tabular-nums; }
    .note { background: \(light.panel); border-left: 4px solid \(series[0].light);
      border-radius: 4px; padding: 0.6rem 0.9rem; }
    .warning { border-left-color: \(series[1].light); }
    pre { background: \(light.panel); border-radius: 8px; padding: 0.75rem 1rem; overflow-x: auto;
      font-size: 0.875rem; line-height: 1.45; margin: 0 0 1.5rem; }
    pre.output { background: none; border-left: 4px solid \(light.rule); border-radius: 0;
      margin-top: -0.75rem; padding: 0 1rem; }
    @media screen and (min-width: 50rem) { pre.output { white-space: pre-wrap; } }
    p code, li code, td code { background: \(light.panel); border-radius: 4px; padding: 0.1em 0.3em;
      font-size: 0.875em; }
    ul, ol { margin: 0 0 0.75rem; max-width: 44rem; padding-left: 1.4rem; }
    li { margin-bottom: 0.25rem; }
    h4 { font-size: 1rem; margin: 1.25rem 0 0.5rem; font-weight: 600; }
    .images { display: grid; gap: 0.6rem; align-items: start; }
    .images .tile { min-width: 0; }
    .images img { display: block; width: 100%; height: auto; border-radius: 2px; }
    .images img.pixels { image-rendering: pixelated; }
    .images .head { font-size: 0.875rem; font-weight: 600; }
    .images .caption { font-size: 0.8125rem; color: \(light.soft); overflow-wrap: anywhere;
      line-height: 1.35; margin-top: 0.2rem; }
    footer { font-size: 0.875rem; border-top: 1px solid \(light.rule); margin-top: 2.5rem;
      padding-top: 0.75rem; }
    @media screen and (prefers-color-scheme: dark) {
      body { background: \(dark.paper); color: \(dark.ink); }
      header, footer, th, td { border-color: \(dark.rule); }
      .lead, figcaption, caption, dt, footer, .images .caption { color: \(dark.soft); }
      dl.highlights div, .note, pre, p code, li code, td code { background: \(dark.panel); }
      pre.output { background: none; border-color: \(dark.rule); }
      a { color: \(series[0].dark); }
      .note { border-left-color: \(series[0].dark); }
      .warning { border-left-color: \(series[1].dark); }
    }
    @media print {
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      figure, table, dl, .note { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      dl.highlights div, .note, pre { border: 1px solid \(light.rule); }
      pre.output { border: none; border-left: 4px solid \(light.rule); }
    }

    """
}
