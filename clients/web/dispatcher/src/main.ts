import { mount } from 'svelte'
import '../../shared/tokens.css'
import './board.css'
import App from './App.svelte'

mount(App, { target: document.getElementById('app')! })
