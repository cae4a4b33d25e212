export { milliValue, value } from '../../api/quantity.ts';
