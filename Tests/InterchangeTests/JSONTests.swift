import Interchange
import Testing

@Suite("JSON")
struct JSONTests {
  @Test func writesOneLineInOrder() {
    let value: JSON = [
      "zebra": 1, "apple": 2.5, "list": [true, nil, "x"], "none": [:], "empty": [],
    ]
    #expect(
      value.description
        == #"{"zebra":1,"apple":2.5,"list":[true,null,"x"],"none":{},"empty":[]}"#)
  }

  @Test func writesForPeople() {
    let value: JSON = ["shape": [3, 3, 16], "steps": [["a": 1], ["b": 2]], "none": [:]]
    #expect(
      value.pretty == """
        {
          "shape": [3, 3, 16],
          "steps": [
            {
              "a": 1
            },
            {
              "b": 2
            }
          ],
          "none": {}
        }

        """)
  }

  @Test(arguments: [
    (0.1, "0.1"), (1, "1.0"), (-0.0, "-0.0"), (1e-5, "1e-05"), (1e300, "1e+300"),
    (.leastNonzeroMagnitude, "5e-324"), (0.1 + 0.2, "0.30000000000000004"), (.nan, #""NaN""#),
    (.infinity, #""Infinity""#), (-.infinity, #""-Infinity""#),
  ])
  func numbersReadBackAsThemselves(number: Double, text: String) throws {
    #expect(JSON.number(number).description == text)
    let back = try #require(try JSON(parsing: text).double)
    #expect(back.bitPattern == number.bitPattern || (back.isNaN && number.isNaN))
  }

  @Test func keepsWholeNumbersWhole() throws {
    #expect(try JSON(parsing: "9007199254740993") == .integer(9_007_199_254_740_993))
    #expect(try JSON(parsing: "-9223372036854775808") == .integer(.min))
    #expect(try JSON(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try JSON(parsing: "3.0").int == nil)
    #expect(try JSON(parsing: "3").double == 3)
    #expect(try JSON(parsing: "-0").double?.sign == .minus)
  }

  @Test func stringsReadBackAsThemselves() throws {
    let text =
      "quote \" back \\ slash / tab\t nul\u{0} bell\u{7} \u{8}\u{c}\r\n é 漢 \u{1F600} \u{2028}"
    let written = JSON.string(text).description
    #expect(written.hasPrefix(#""quote \" back \\ slash / tab\t nul\u0000 bell\u0007 \b\f\r\n é"#))
    #expect(try JSON(parsing: written) == .string(text))
    #expect(try JSON(parsing: #""\u00e9\ud83d\ude00\/""#) == "é\u{1F600}/")
  }

  @Test func objectsKeepTheirOrderThroughChanges() throws {
    var object: JSON.Object = ["a": 1, "b": 2, "c": 3]
    object["b"] = "two"
    object["a"] = nil
    object["d"] = 4
    object["absent"] = nil
    #expect(JSON.object(object).description == #"{"b":"two","c":3,"d":4}"#)
    #expect(object["c"] == 3)
    #expect(object["a"] == nil)
    let other: JSON.Object = ["c": 3, "b": "two", "d": 4]
    #expect(object != other)
    #expect(try JSON(parsing: #" { "x" : [ 1 , { "y" : null } ] } "#)["x"]?.array?[1]["y"] == .null)
  }

  @Test(arguments: [
    ("", 0), (" ", 1), ("{", 1), ("[1,]", 3), ("[1 2]", 3), (#"{"a":1,}"#, 7), (#"{"a" 1}"#, 5),
    ("{a:1}", 1), (#"{"a":1,"a":2}"#, 7), ("01", 2), ("1.", 2), (".5", 0), ("1e", 2), ("-", 1),
    ("+1", 0), ("1e999", 0), ("nul", 0), ("truex", 4), ("NaN", 0), ("1 1", 2), (#""abc"#, 0),
    (#""\x""#, 2), (#""\u12g4""#, 5), (#""\ud800""#, 7), (#""\udc00""#, 7),
    (#""\ud800\u0041""#, 13),
    ("\"\u{1}\"", 1), ("\"\\", 2), ("[1}", 2), ("\u{FEFF}1", 0),
  ])
  func refusesWhatIsNotJSON(text: String, offset: Int) {
    let error = #expect(throws: JSON.ParsingError.self) { try JSON(parsing: text) }
    #expect(error?.offset == offset, "\(String(describing: error))")
  }

  @Test func refusesTextThatIsNotUTF8() {
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: [0x22, 0xff, 0x22]) }
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: [0x22, 0xc0, 0x80, 0x22]) }
  }

  @Test func deepNestingIsAnErrorAndNotACrash() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSON.ParsingError.self) { try JSON(parsing: deep) }
    let fair = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(try JSON(parsing: fair).array?.count == 1)
  }
}
