//! Trends: what is new, rises, falls, follows the season or goes on; which words and places come up; the days ahead.

mod forecast;
