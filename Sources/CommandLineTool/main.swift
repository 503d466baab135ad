// One call only: what stands at the top level of this file would belong to the main actor.
CommandLineTool.main()
