/// An option that a command understands, and the line of help about it.
package struct Option: Sendable {
  package enum Kind: Sendable, Equatable {
    case flag
    /// Takes a value; the text stands for it in the help.
    case value(String)
    /// Takes a value if one follows.
    case optionalValue(String)
  }

  package let name: String
  package let kind: Kind
  package let help: String

  package init(name: String, kind: Kind, help: String) {
    self.name = name
    self.kind = kind
    self.help = help
  }

  package static func flag(_ name: String, _ help: String) -> Option {
    Option(name: name, kind: .flag, help: help)
  }

  package static func value(_ name: String, _ valueName: String, _ help: String) -> Option {
    Option(name: name, kind: .value(valueName), help: help)
  }
}

/// What a command takes.
package struct Syntax: Sendable {
  package struct Group: Sendable {
    package let title: String
    package let options: [Option]

    package init(title: String, options: [Option]) {
      self.title = title
      self.options = options
    }
  }

  package struct Operand: Sendable {
    package let name: String
    package let help: String
    package let isRequired: Bool

    package init(name: String, help: String, isRequired: Bool) {
      self.name = name
      self.help = help
      self.isRequired = isRequired
    }
  }

  package let command: String
  package let summary: String
  package var operand: Operand?
  package let groups: [Group]
  /// Tables after the options.
  package var lists: [(title: String, rows: [(String, String)])] = []
  /// Paragraphs after those.
  package var notes: [String] = []
  package let examples: [(command: String, meaning: String)]

  package init(
    command: String, summary: String, operand: Operand? = nil, groups: [Group],
    lists: [(title: String, rows: [(String, String)])] = [], notes: [String] = [],
    examples: [(command: String, meaning: String)]
  ) {
    self.command = command
    self.summary = summary
    self.operand = operand
    self.groups = groups
    self.lists = lists
    self.notes = notes
    self.examples = examples
  }

  package var options: [Option] { groups.flatMap(\.options) + [Self.help] }

  package static let help = Option.flag("help", "Show this help and exit.")
}
