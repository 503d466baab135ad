import Figures
import Foundation
import Interchange

extension NotebookDocument {
  /// The whole as a Jupyter notebook (nbformat 4.5) with its results.
  ///
  /// Source: the schema at https://github.com/jupyter/nbformat, `nbformat.v4.5.schema.json`.
  var jupyter: JSON {
    var executed = 0
    var cells: [JSON] = []
    for (place, entry) in entries.enumerated() {
      var cell: JSON.Object = [
        "cell_type": entry.cell.kind == .markdown ? "markdown" : "code",
        "id": .string("cell-\(place + 1)"), "metadata": .object([:]),
      ]
      if entry.cell.kind == .markdown {
        cell["source"] = Self.lines(entry.cell.text)
      } else {
        executed += 1
        let heading = entry.cell.title.isEmpty ? "" : "// \(entry.cell.title)\n"
        cell["execution_count"] = .integer(executed)
        cell["outputs"] = .array(Self.joined(entry.outputs).map(Self.output))
        cell["source"] = Self.lines(heading + entry.cell.text)
      }
      cells.append(.object(cell))
    }
    return [
      "cells": .array(cells),
      "metadata": [
        "kernelspec": ["display_name": "Swift", "language": "swift", "name": "swift"],
        "language_info": [
          "file_extension": ".swift", "mimetype": "text/x-swift", "name": "swift",
        ],
        "title": .string(title),
      ],
      "nbformat": 4, "nbformat_minor": 5,
    ]
  }

  /// Text as a list of lines, each but the last with its end.
  private static func lines(_ text: String) -> JSON {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return .array(
      lines.enumerated().map { .string($0 < lines.count - 1 ? "\($1)\n" : String($1)) })
  }

  private static func output(_ output: Output) -> JSON {
    switch output {
    case .text(let text):
      return ["output_type": "stream", "name": "stdout", "text": lines(text + "\n")]
    case .table(let table):
      return display(["text/markdown": lines(table.markdown), "text/plain": lines(table.plain)])
    case .figure(let figure, let caption):
      var data: JSON.Object = ["image/svg+xml": lines(figure.svg)]
      if let grid = figure as? ImageGrid {
        data["image/png"] = .string(Data(grid.labelled().png).base64EncodedString())
      }
      let words = [figure.title, caption].filter { !$0.isEmpty }.joined(separator: ": ")
      data["text/plain"] = lines("[\(words)]")
      return display(data)
    }
  }

  private static func display(_ data: JSON.Object) -> JSON {
    ["output_type": "display_data", "data": .object(data), "metadata": .object([:])]
  }
}
