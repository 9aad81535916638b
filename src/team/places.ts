/** Where a team's file may lie, the nearest first: beside the project or notebook, then the person's own configuration. */
export const teamPlaces = (folder: string, configurationFolder: string): string[] => [
  `${folder}/team.yaml`,
  `${configurationFolder}/ml-architect/team.yaml`,
];
