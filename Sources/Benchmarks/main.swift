// The top level is one call: code in main.swift belongs to the main actor.
Benchmarks.main()
