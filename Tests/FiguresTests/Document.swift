import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The elements of an XML document, in the order in which they begin.
///
/// Made by a parser that refuses what is not well-formed; entities of HTML are not needed.
struct Document {
  final class Element {
    let name: String
    let attributes: [String: String]
    fileprivate(set) var text = ""

    fileprivate init(_ name: String, _ attributes: [String: String]) {
      self.name = name
      self.attributes = attributes
    }
  }

  let elements: [Element]

  /// Reads a document, and fails the test that asked if it is not well-formed.
  init(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let parser = XMLParser(data: Data(text.utf8))
    let reader = Reader()
    parser.delegate = reader
    let isWellFormed = parser.parse()
    #expect(
      isWellFormed, "line \(parser.lineNumber): \(String(describing: parser.parserError))",
      sourceLocation: sourceLocation)
    elements = reader.elements
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  /// The texts of all elements of that name.
  func texts(_ name: String = "text") -> [String] { all(name).map(\.text) }

  func classed(_ style: String) -> [Element] {
    elements.filter {
      $0.attributes["class"]?.split(separator: " ").contains(Substring(style)) ?? false
    }
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [Element] = []
    private var open: [Element] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String] = [:]
    ) {
      let element = Element(name, attributes)
      elements.append(element)
      open.append(element)
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { open.last?.text += text }
  }
}

/// Text with everything that markup could stumble over, and how it must come out again.
let awkward = "<b>&amp; \"quoted\" 'single' ]]> -->\u{0}\u{7}é漢\u{1F600}"
let awkwardReadBack = "<b>&amp; \"quoted\" 'single' ]]> -->\u{fffd}\u{fffd}é漢\u{1F600}"
