import Figures
import Testing

@Suite("Numbers as people read them")
struct NumberFormatTests {
  @Test(arguments: [
    (0.91649, 3, "0.916"), (-1.25, 1, "−1.2"), (2, 0, "2"), (.nan, 2, "NaN"), (.infinity, 2, "∞"),
    (-.infinity, 2, "−∞"),
  ])
  func fixed(value: Double, decimals: Int, text: String) {
    #expect(NumberFormat.fixed(value, decimals) == text)
  }

  @Test(arguments: [
    (0, "0"), (-0.0, "0"), (12_500, "12,500"), (-12_500, "−12,500"), (0.0125, "0.0125"),
    (1.25e-5, "1.25×10⁻⁵"), (1e-5, "10⁻⁵"), (-1e-5, "−10⁻⁵"), (123_456_789, "123,456,789"),
    (1e9, "10⁹"), (3.14159, "3.142"), (0.30000000000000004, "0.3"), (999.96, "1,000"),
    (.nan, "NaN"),
  ])
  func short(value: Double, text: String) {
    #expect(NumberFormat.short(value) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-11_689_512, "−11,689,512"),
    (132_863_336, "132,863,336"),
  ])
  func count(value: Int, text: String) {
    #expect(NumberFormat.count(value) == text)
  }

  @Test(arguments: [
    (0.42, "0.42 s"), (9.99, "9.99 s"), (9.999, "10 s"), (59.4, "59 s"), (59.6, "1 min 00 s"),
    (390, "6 min 30 s"), (3599.7, "1 h 00 min"), (7500, "2 h 05 min"), (-1, "unknown"),
    (.nan, "unknown"),
  ])
  func duration(seconds: Double, text: String) {
    #expect(NumberFormat.duration(seconds: seconds) == text)
  }

  @Test func percent() {
    #expect(NumberFormat.percent(0.9165) == "91.65\u{a0}%")
    #expect(NumberFormat.percent(1, decimals: 0) == "100\u{a0}%")
  }
}
