import Foundation

// The top level is one call: code in main.swift belongs to the main actor.
exit(Benchmarks.run(Array(CommandLine.arguments.dropFirst())))
