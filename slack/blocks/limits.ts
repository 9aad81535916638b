/**
 * What Slack accepts, in characters or pieces: https://docs.slack.dev/reference/block-kit, read 2026-11. A payload over
 * a limit is refused whole, so everything longer is split.
 */
export const LIMITS = {
  messageBlocks: 50,
  /** All text of a message together; more is `msg_blocks_too_long`. */
  messageText: 13_200,
  viewBlocks: 100,
  header: 150,
  section: 3000,
  field: 2000,
  fields: 10,
  context: 10,
  actions: 25,
  actionId: 255,
  buttonText: 75,
  buttonValue: 2000,
  optionText: 75,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  /** A markdown block, and a chunk of a stream. */
  markdown: 12_000,
  /** One table a message: more is `only_one_table_allowed`. */
  tables: 1,
  tableRows: 100,
  tableColumns: 20,
  tableText: 10_000,
  viewTitle: 24,
  viewMetadata: 3000,
  placeholder: 150,
  /** Of the plain text beside the blocks, which notifications and screen readers show. */
  fallback: 3000,
} as const;
