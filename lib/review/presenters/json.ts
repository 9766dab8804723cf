import type { Presenter } from '../report';

/** The whole report; its schema is `breakwater review --schema report`. */
export const presentJson: Presenter = ({ report }) => `${JSON.stringify(report, undefined, 2)}\n`;
