/// Letters of 5 by 7 pixels, with two rows below for descenders, to write on pictures.
///
/// A glyph is its rows from the top, a digit each (base 32, the highest bit at the left); missing
/// rows are empty. `A`, for example, is `ehhvhhh`:
///
///     e  .###.
///     h  #...#
///     h  #...#
///     v  #####
///     h  #...#
///     h  #...#
///     h  #...#
enum BitmapFont {
  /// Pixels from one letter to the next.
  static let advance = 6
  /// Pixels a line takes, descenders included.
  static let height = 9

  private static let glyphs: [Character: String] = [
    "A": "ehhvhhh", "B": "uhhuhhu", "C": "ehggghe", "D": "uhhhhhu", "E": "vgguggv",
    "F": "vgguggg", "G": "ehgnhhf", "H": "hhhvhhh", "I": "e44444e", "J": "72222ic",
    "K": "hikokih", "L": "ggggggv", "M": "hrllhhh", "N": "hhpljhh", "O": "ehhhhhe",
    "P": "uhhuggg", "Q": "ehhhlid", "R": "uhhukih", "S": "fgge11u", "T": "v444444",
    "U": "hhhhhhe", "V": "hhhhha4", "W": "hhhllla", "X": "hha4ahh", "Y": "hhha444",
    "Z": "v1248gv",
    "a": "00e1fhf", "b": "ggmphhu", "c": "00egghe", "d": "11djhhf", "e": "00ehvge",
    "f": "698s888", "g": "00fhhhf1e", "h": "ggmphhh", "i": "40c444e", "j": "2062222ic",
    "k": "ggikoki", "l": "c44444e", "m": "00qllhh", "n": "00mphhh", "o": "00ehhhe",
    "p": "00uhhhugg", "q": "00fhhhf11", "r": "00mpggg", "s": "00fge1u", "t": "88s8896",
    "u": "00hhhjd", "v": "00hhha4", "w": "00hhlla", "x": "00ha4ah", "y": "00hhhhf1e",
    "z": "00v248v",
    "0": "ehjlphe", "1": "4c4444e", "2": "eh1248v", "3": "v2421he", "4": "26aiv22",
    "5": "vgu11he", "6": "68guhhe", "7": "v124888", "8": "ehhehhe", "9": "ehhf12c",
    " ": "", ".": "00000cc", ",": "00000cc48", ":": "0cc0cc0", ";": "0cc0cc48",
    "!": "4444404", "?": "eh12404", "-": "000v000", "–": "000v000", "−": "000v000",
    "+": "044v440", "=": "00v0v00", "_": "000000v", "/": "01248g0", "\\": "0g84210",
    "(": "2488842", ")": "8422248", "[": "e88888e", "]": "e22222e", "<": "248g842",
    ">": "8421248", "{": "2448442", "}": "8442448", "|": "4444444", "*": "04lel40",
    "%": "op248j3", "#": "aavavaa", "&": "cik8lid", "@": "eh1dlle", "\"": "aa00000",
    "'": "4400000", "$": "4fke5u4", "^": "4ah0000", "`": "8400000", "~": "008l200",
    "×": "00ha4ah", "→": "0042v24", "…": "000000l", "\u{a0}": "",
  ]

  /// The rows of a letter, five bits each; a frame for letters the font does not have.
  static func rows(of letter: Character) -> [Int] {
    (glyphs[letter] ?? "vhhhhhv").map { Int(String($0), radix: 32)! }
  }

  /// `text`, cut and ended with an ellipsis if its letters would not fit into `width` pixels.
  static func fitted(_ text: String, width: Int, scale: Int) -> String {
    let limit = max(0, (width / scale + 1) / advance)
    return text.count <= limit ? text : limit == 0 ? "" : text.prefix(limit - 1) + "…"
  }
}

extension Picture {
  /// Writes a line of text, its upper left corner at `x`, `y`; what does not fit is cut off.
  ///
  /// The font has the letters of ASCII and a few signs, 5 by 7 pixels each, enlarged by `scale`.
  public mutating func write(
    _ text: String, x: Int, y: Int, color: Color = .black, scale: Int = 1
  ) {
    var left = x
    for letter in text {
      for (row, bits) in BitmapFont.rows(of: letter).enumerated() {
        for column in 0..<5 where bits >> (4 - column) & 1 == 1 {
          fill(
            color, x: left + column * scale, y: y + row * scale, width: scale, height: scale)
        }
      }
      left += BitmapFont.advance * scale
    }
  }

  /// Fills a rectangle with a colour; what lies outside the picture is cut off.
  public mutating func fill(_ color: Color, x: Int, y: Int, width: Int, height: Int) {
    for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
      for column in max(0, x)..<max(0, x, min(self.width, x + width)) {
        self[column, row] = color
      }
    }
  }
}
