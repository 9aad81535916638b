/**
 * What Slack accepts, as numbers. Sources: docs.slack.dev/reference/block-kit and the descriptions in @slack/types 3.2
 * (read 2026-11); the text total is what people measured (github.com/slackapi/bolt-js/issues/2509), the smaller of two readings.
 */
export const LIMITS = {
  messageBlocks: 50,
  viewBlocks: 100,
  /** All text in the blocks of one message: 13,297 for markdown alone, 13,172 with a divider beside it. */
  messageBlockCharacters: 13_172,
  postTextCharacters: 40_000,
  updateTextCharacters: 4_000,
  idCharacters: 255,
  urlCharacters: 3_000,
  textCharacters: 3_000,
  sectionFields: 10,
  sectionFieldCharacters: 2_000,
  headerCharacters: 150,
  markdownCharacters: 12_000,
  /** Titles, details and output of the steps in a stream. */
  stepCharacters: 256,
  planTasks: 50,
  actionsElements: 25,
  contextElements: 10,
  contextActionsElements: 5,
  buttonTextCharacters: 75,
  buttonValueCharacters: 2_000,
  optionCharacters: 75,
  selectOptions: 100,
  choiceOptions: 10,
  overflowOptions: 5,
  placeholderCharacters: 150,
  confirmTitleCharacters: 100,
  confirmTextCharacters: 300,
  confirmButtonCharacters: 30,
  altTextCharacters: 2_000,
  imageTitleCharacters: 2_000,
  inputLabelCharacters: 2_000,
  inputCharacters: 3_000,
  inputFiles: 10,
  /** A header row and 100 rows of data. */
  dataTableRows: 101,
  tableRows: 100,
  tableColumns: 20,
  /** All cells of all tables of one message. */
  messageTableCharacters: 10_000,
  cardTitleCharacters: 150,
  cardBodyCharacters: 200,
  carouselCards: 10,
  containerChildren: 10,
  containerTitleCharacters: 150,
  videoTitleCharacters: 199,
  modalTitleCharacters: 24,
  privateMetadataCharacters: 3_000,
} as const;
