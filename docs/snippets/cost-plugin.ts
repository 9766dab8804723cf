import { App, Validations } from 'aws-cdk-lib';
import { CostBudget } from 'cdk-breakwater';

const app = new App();

Validations.of(app).addPlugins(new CostBudget({ dollarsPerMonth: 200, profile: 'traffic.json' }));
