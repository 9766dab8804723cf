import { Duration, Size } from 'aws-cdk-lib';
import type { HandlerOptions } from '../../blocks/handler';

type FunctionSize = Pick<HandlerOptions, 'timeout' | 'memorySize' | 'ephemeralStorage'>;

/** Two full cores, on which the compare path was measured. */
const TWO_CORES_MIB = 3538;
const LONGEST = Duration.minutes(15);

/** A few requests. */
export const SHORT: FunctionSize = { timeout: Duration.seconds(30), memorySize: 512 };

/** Copies go through memory in pieces; what is not done in time is gone on with in the next call. */
export const SNAPSHOT: FunctionSize = { timeout: LONGEST, memorySize: 1769 };

/** Lists of up to 10,000 files. */
export const PLAN: FunctionSize = { timeout: Duration.minutes(2), memorySize: 1024 };

/**
 * One file with its parts on disk. Measured on two cores: 10 million rows of a side are cut into parts in 13.5 s with 0.35 GB, so that the disk ends first: it holds a file
 * of some 4 GB unpacked, its copy without bad rows, and its parts.
 */
export const READ: FunctionSize = { timeout: LONGEST, memorySize: TWO_CORES_MIB, ephemeralStorage: Size.gibibytes(10) };

/**
 * One part of both sides. Measured on two cores: 10 million rows a side are joined in 7.8 s with 1.0 GB; a part has about a quarter of that. The minute leaves room for four
 * attempts in the 5 minutes of an express execution.
 */
export const COMPARE: FunctionSize = { timeout: Duration.minutes(1), memorySize: TWO_CORES_MIB, ephemeralStorage: Size.gibibytes(2) };

/** What both sides of one part hold together: at 50 bytes a row, 2.7 million rows a side. With 1,000 parts at most, sides of 250 GiB together. */
export const PART = Size.mebibytes(256);

/** All comparisons together, with up to a hundred thousand breaks, which the rules allow at most unless told otherwise. */
export const FINISH: FunctionSize = { timeout: LONGEST, memorySize: 5307, ephemeralStorage: Size.gibibytes(4) };
