export { diagramCommand } from './command';
export { type Flow, flowOf } from './flow';
export { mermaidOf } from './mermaid';
export { svgOf } from './svg';
